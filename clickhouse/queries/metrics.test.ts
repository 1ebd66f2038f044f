/** The questions against the real engine: each answer is compared with a recount of the same events in plain code. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { ClickHouse } from '../client.ts'
import { startMigrated, type TestClickHouse } from '../testing.ts'
import {
  allSites,
  type BucketOrBannerCount,
  countsByDayAndBanner,
  countsByHourAndBanner,
  countsUntil,
  dailyCounts,
  hasEvents,
} from './metrics.ts'

const HOUR_MS = 3_600_000
const START = Date.parse('2026-03-28T00:00:00Z')
const BANNERS = ['summer_sale', `O'Brien \\ "q"`, '<script>alert(1)</script>', '=1+1', '']

interface Sent {
  event_id: string
  site_id: string
  event_type: string
  player_id: string
  visitor_id: string
  banner_tag: string
  occurred_at: number
  event_date: string
}

let started: TestClickHouse
let clickhouse: ClickHouse
let events: Sent[]

/** Three days of hourly-and-odd events: few players, so that most come again; every tenth without a player. */
function makeEvents(): Sent[] {
  return Array.from({ length: 900 }, (_, index) => {
    const occurred_at = START + ((index * 7_919) % (72 * 60)) * 60_000
    return {
      event_id: Bun.randomUUIDv7(),
      site_id: index % 50 === 0 ? 'other' : 'default',
      event_type: ['visit', 'visit', 'registration', 'deposit', 'page_view'][index % 5] ?? 'visit',
      player_id: index % 10 === 0 ? '' : `p${(index * 31) % 60}`,
      visitor_id: index % 20 === 0 ? `v${index % 7}` : '',
      banner_tag: BANNERS[(index * 13) % BANNERS.length] ?? '',
      occurred_at,
      event_date: new Date(occurred_at).toISOString().slice(0, 10),
    }
  })
}

/** The first event of each site, day, type and player: what counts. */
function counted(): Sent[] {
  const first = new Map<string, Sent>()
  for (const event of events) {
    const who = event.player_id || `anonymous ${event.visitor_id || event.event_id}`
    const key = JSON.stringify([event.site_id, event.event_date, event.event_type, who])
    const known = first.get(key)
    const earlier =
      !known ||
      event.occurred_at < known.occurred_at ||
      (event.occurred_at === known.occurred_at && event.event_id < known.event_id)
    if (earlier) first.set(key, event)
  }
  return [...first.values()]
}

/** How many of the events there are for each key, as sorted lines that can be compared. */
function tally<T>(
  items: readonly T[],
  keyOf: (item: T) => readonly unknown[],
  countOf: (item: T) => number = () => 1,
) {
  const counts = new Map<string, number>()
  for (const item of items) {
    const key = JSON.stringify(keyOf(item))
    counts.set(key, (counts.get(key) ?? 0) + countOf(item))
  }
  return [...counts].map(([key, count]) => `${key} ${count}`).sort()
}

const rowTally = <Bucket>(rows: readonly BucketOrBannerCount<Bucket>[]) => ({
  buckets: tally(
    rows.filter((row) => row.bucket !== null),
    (row) => [row.event_type, row.bucket],
    (row) => row.count,
  ),
  banners: tally(
    rows.filter((row) => row.banner_tag !== null),
    (row) => [row.event_type, row.banner_tag],
    (row) => row.count,
  ),
})

beforeAll(async () => {
  started = await startMigrated()
  clickhouse = started.clickhouse
  events = makeEvents()
}, 180_000)

afterAll(() => started?.stop())

describe('metrics', () => {
  test('a fresh install has its one site and no event', async () => {
    expect(await allSites(clickhouse)).toEqual([
      { site_id: 'default', name: expect.any(String), time_zone: 'UTC' },
    ])
    expect(await hasEvents(clickhouse, 'default')).toBe(false)
  })

  test('every count equals the recount, after each event came twice', async () => {
    const lines = events.map((event) => JSON.stringify({ ...event, created_at: event.occurred_at }))
    await clickhouse.insertLines('events_incoming', lines)
    await clickhouse.insertLines('events_incoming', lines.toReversed())
    const days = { site_id: 'default', from: '2026-03-28', to: '2026-03-29' }
    const expected = counted().filter(
      (event) => event.site_id === 'default' && event.event_date <= '2026-03-29',
    )

    const daily = await dailyCounts(clickhouse, days, true)
    expect(
      tally(
        daily,
        (row) => [row.event_date, row.event_type],
        (row) => row.count,
      ),
    ).toEqual(tally(expected, (event) => [event.event_date, event.event_type]))
    expect(daily).toEqual(
      daily.toSorted((a, b) =>
        `${a.event_date} ${a.event_type}`.localeCompare(`${b.event_date} ${b.event_type}`, 'en'),
      ),
    )
    expect(rowTally(await countsByDayAndBanner(clickhouse, days, null, true))).toEqual({
      buckets: tally(expected, (event) => [event.event_type, event.event_date]),
      banners: tally(expected, (event) => [event.event_type, event.banner_tag]),
    })
    expect(await hasEvents(clickhouse, 'default')).toBe(true)
    expect(await hasEvents(clickhouse, 'nobody')).toBe(false)
  })

  test('narrowed to a banner, whatever its name, only its credits count', async () => {
    const days = { site_id: 'default', from: '2026-03-28', to: '2026-03-30' }
    for (const banner of BANNERS) {
      const expected = counted().filter((event) => event.site_id === 'default' && event.banner_tag === banner)
      expect(rowTally(await countsByDayAndBanner(clickhouse, days, banner, true))).toEqual({
        buckets: tally(expected, (event) => [event.event_type, event.event_date]),
        banners: tally(expected, (event) => [event.event_type, event.banner_tag]),
      })
    }
  })

  test('hours add up to the day and stay within it', async () => {
    const starts_at = Date.parse('2026-03-29T00:00:00Z')
    const expected = counted().filter(
      (event) => event.site_id === 'default' && event.event_date === '2026-03-29',
    )
    const hourOf = (event: Sent) => Math.floor((event.occurred_at - starts_at) / HOUR_MS)
    const question = { site_id: 'default', day: '2026-03-29', starts_at, hours: 24 }
    expect(rowTally(await countsByHourAndBanner(clickhouse, question, null, true))).toEqual({
      buckets: tally(expected, (event) => [event.event_type, hourOf(event)]),
      banners: tally(expected, (event) => [event.event_type, event.banner_tag]),
    })
    // A site whose time zone was changed later: what lies outside the day's hours counts in its first or last.
    const shifted = { ...question, starts_at: starts_at + 6 * HOUR_MS, hours: 12 }
    expect(rowTally(await countsByHourAndBanner(clickhouse, shifted, null, true)).buckets).toEqual(
      tally(expected, (event) => [event.event_type, Math.min(11, Math.max(0, hourOf(event) - 6))]),
    )
  })

  test('a day in progress counts up to the instant', async () => {
    const until = Date.parse('2026-03-29T09:30:00Z')
    const expected = counted().filter(
      (event) =>
        event.site_id === 'default' && event.event_date === '2026-03-29' && event.occurred_at < until,
    )
    const rows = await countsUntil(clickhouse, { site_id: 'default', day: '2026-03-29', until }, null, true)
    expect(
      tally(
        rows,
        (row) => [row.event_type],
        (row) => row.count,
      ),
    ).toEqual(tally(expected, (event) => [event.event_type]))
  })
})
