/** What happens now, against a recount of the same events in plain code. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { ClickHouse } from '../client.ts'
import { startMigrated, type TestClickHouse } from '../testing.ts'
import { type RealtimeFilters, realtimeNow } from './realtime.ts'

/** In the middle of a minute. */
const NOW = Math.floor(Date.now() / 60_000) * 60_000 + 30_000

interface Sent {
  event_id: string
  event_type: string
  player_id: string
  visitor_id: string
  banner_tag: string
  country: string
  domain: string
  path: string
  is_bot: boolean
  created_at: number
  /** How long before that it happened, in milliseconds. */
  late_ms: number
}

const EVENTS: Sent[] = Array.from({ length: 400 }, (_, index) => ({
  event_id: Bun.randomUUIDv7(),
  event_type: ['page_view', 'visit', 'page_view', 'deposit'][index % 4] ?? '',
  player_id: index % 3 ? '' : `p${index % 17}`,
  visitor_id: index % 5 ? `v${index % 23}` : '',
  banner_tag: ['', 'aff-1', 'aff-2', 'tv'][index % 4] ?? '',
  country: ['DE', 'FR', ''][index % 3] ?? '',
  domain: 'shop.test',
  path: `/${index % 6}?q=${index}`,
  is_bot: index % 20 === 19,
  // Forty minutes, so that some are too old.
  created_at: NOW - ((index * 7_919) % 2_400_000),
  late_ms: index % 13 === 5 ? 3_600_000 : index % 11 === 3 ? 600_000 : 0,
}))

let started: TestClickHouse
let clickhouse: ClickHouse

beforeAll(async () => {
  started = await startMigrated()
  clickhouse = started.clickhouse
  const lines = EVENTS.map(({ late_ms, ...event }) =>
    JSON.stringify({
      ...event,
      site_id: 'default',
      occurred_at: event.created_at - late_ms,
      event_date: new Date(event.created_at).toISOString().slice(0, 10),
    }),
  )
  await clickhouse.insertLines('events_incoming', lines)
  // Delivered once more.
  await clickhouse.insertLines('events_incoming', lines.slice(0, 100))
}, 180_000)
afterAll(() => started?.stop())

const whoOf = ({ visitor_id, player_id, event_id }: Sent) => visitor_id || player_id || event_id
const peopleOf = (events: readonly Sent[]) =>
  new Set(
    events.filter(({ created_at }) => created_at >= Math.floor(NOW / 60_000) * 60_000 - 240_000).map(whoOf),
  ).size

function expected(keep: (event: Sent) => boolean, with_bots = false, streams_bots = false) {
  const since = Math.floor(NOW / 60_000) * 60_000 - 29 * 60_000
  const all = EVENTS.filter((event) => event.created_at >= since && keep(event))
  const people = all.filter(({ is_bot, late_ms }) => (with_bots || !is_bot) && late_ms < 1_800_000)
  const by = (nameOf: (event: Sent) => string, of = people) =>
    Object.fromEntries(
      [...Map.groupBy(of, nameOf)].map(([name, events]) => [name, [peopleOf(events), events.length]]),
    )
  return {
    people: peopleOf(people),
    events: people.length,
    minutes: Object.fromEntries(
      Object.entries(
        by(({ created_at, event_type }) => `${Math.floor(created_at / 60_000) * 60} ${event_type}`),
      ).map(([name, [, events]]) => [name, events ?? 0]),
    ),
    countries: by(({ country }) => country),
    pages: by(
      ({ path }) => path.split('?')[0] ?? '',
      people.filter(({ event_type }) => event_type === 'page_view'),
    ),
    banners: by(
      ({ banner_tag }) => banner_tag,
      people.filter(({ banner_tag }) => banner_tag !== ''),
    ),
    stream: (streams_bots ? all : all.filter(({ is_bot }) => with_bots || !is_bot))
      .toSorted((a, b) => b.created_at - a.created_at)
      .map(({ event_id }) => event_id),
  }
}

async function answered(
  filters: RealtimeFilters,
  banner_prefixes: string[] | null,
  limit = 1_000,
  with_bots = false,
  streams_bots = false,
) {
  const now = await realtimeNow(clickhouse, {
    site_id: 'default',
    filters,
    banner_prefixes,
    with_bots,
    streams_bots,
    now: NOW,
    limit,
  })
  const named = <Name>(
    rows: readonly { name: Name; people: number; events: number }[],
    text: (name: Name) => string,
  ) => Object.fromEntries(rows.map(({ name, people, events }) => [text(name), [people, events]]))
  return {
    people: now.people,
    events: now.events,
    minutes: Object.fromEntries(now.minutes.map((row) => [`${row.minute} ${row.event_type}`, row.events])),
    countries: named(now.countries, (name) => name),
    pages: named(now.pages, ({ path }) => path),
    banners: named(now.banners, (name) => name),
    stream: now.stream.map(({ id }) => id),
  }
}

test('counts each event once, people of five minutes, everything by minute and name', async () => {
  expect(await answered({}, null)).toEqual(expected(() => true))
})

test('known bots count too where they are asked for', async () => {
  expect(await answered({}, null, 1_000, true)).toEqual(expected(() => true, true))
  expect(await answered({}, null, 1_000, false, true)).toEqual(expected(() => true, false, true))
})

test('filters narrow everything, and so does what the asker may see', async () => {
  expect(await answered({ country: 'DE', type: 'page_view' }, null)).toEqual(
    expected(({ country, event_type }) => country === 'DE' && event_type === 'page_view'),
  )
  expect(await answered({ country: '' }, null)).toEqual(expected(({ country }) => country === ''))
  expect(await answered({}, ['aff-'])).toEqual(expected(({ banner_tag }) => banner_tag.startsWith('aff-')))
  expect((await answered({}, [])).events).toBe(0)
})

test('the stream has the newest, and no more than asked for', async () => {
  const { stream } = await answered({}, null, 10)
  expect(stream).toEqual(expected(() => true).stream.slice(0, 10))
})
