/** Narrowed counts and breakdowns against a recount of the same events in plain code, after each event came twice. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { ClickHouse } from '../client.ts'
import { settlePlayers, startMigrated, type TestClickHouse } from '../testing.ts'
import { amountsByDay, amountsByHour, amountsUntil } from './amounts.ts'
import {
  countsByValue,
  type EventFilters,
  narrowedByDay,
  narrowedByHour,
  narrowedUntil,
} from './breakdowns.ts'

const HOUR_MS = 3_600_000
const START = Date.parse('2026-03-28T00:00:00Z')
const DAYS = { site_id: 'default', from: '2026-03-28', to: '2026-03-29' }
const ALL: EventFilters = { banners: null, values: {}, with_bots: true }
const COUNTRIES = ['DE', 'FR', '', `O'x`]

const events = Array.from({ length: 600 }, (_, index) => {
  const occurred_at = START + ((index * 7_919) % (48 * 60)) * 60_000
  const event_type = ['visit', 'visit', 'registration', 'deposit'][index % 4] ?? 'visit'
  return {
    event_id: Bun.randomUUIDv7(),
    site_id: 'default',
    event_type,
    player_id: `p${(index * 31) % 70}`,
    banner_tag: `b${index % 5}`,
    path: `/p/${index % 3}?q=${index}`,
    referrer: index % 2 ? 'https://News.example/a' : '',
    country: COUNTRIES[(index * 7) % 4] ?? '',
    is_bot: index % 11 === 0,
    amount: event_type === 'deposit' ? `${index}.10` : null,
    currency: event_type === 'deposit' ? (index % 3 ? 'EUR' : 'USD') : '',
    transaction_id: event_type === 'deposit' ? `t${index}` : '',
    occurred_at,
    created_at: occurred_at,
    event_date: new Date(occurred_at).toISOString().slice(0, 10),
  }
})
type Sent = (typeof events)[number]

let started: TestClickHouse
let clickhouse: ClickHouse
beforeAll(async () => {
  started = await startMigrated()
  clickhouse = started.clickhouse
  const lines = events.map((event) => JSON.stringify(event))
  await clickhouse.insertLines('events_incoming', lines)
  await clickhouse.insertLines('events_incoming', lines.toReversed())
  await settlePlayers(clickhouse)
}, 180_000)
afterAll(() => started?.stop())

/** The first event that passes, of each day, type and player. */
function firsts(passes: (event: Sent) => boolean): Sent[] {
  const first = new Map<string, Sent>()
  for (const event of events.filter(passes)) {
    const key = `${event.event_date} ${event.event_type} ${event.player_id}`
    const known = first.get(key)
    if (!known || event.occurred_at < known.occurred_at) first.set(key, event)
  }
  return [...first.values()]
}

const lines = (counts: Map<string, number>) => [...counts].map(([key, count]) => `${key} ${count}`).sort()
function tally(of: readonly Sent[], keyOf: (event: Sent) => string) {
  const counts = new Map<string, number>()
  for (const event of of) counts.set(keyOf(event), (counts.get(keyOf(event)) ?? 0) + 1)
  return lines(counts)
}

test('counts narrowed by what events say equal a recount, by day, hour, banner and up to an instant', async () => {
  const cases: [Partial<EventFilters>, (event: Sent) => boolean][] = [
    [{ values: { country: 'DE' } }, ({ country }) => country === 'DE'],
    [{ values: { country: `O'x` } }, ({ country }) => country === `O'x`],
    [
      { values: { country: '', page: '/p/1' }, with_bots: false },
      ({ country, path, is_bot }) => country === '' && path.startsWith('/p/1?') && !is_bot,
    ],
    [
      { values: { referrer: 'news.example' }, banners: 'b1' },
      (e) => e.referrer !== '' && e.banner_tag === 'b1',
    ],
    [{ with_bots: false, banners: ['b2'] }, (e) => !e.is_bot && e.banner_tag === 'b2'],
  ]
  for (const [narrowing, passes] of cases) {
    const filters = { ...ALL, ...narrowing }
    const expected = firsts(passes)
    const byDay = await narrowedByDay(clickhouse, DAYS, filters)
    const kept = (bucket: boolean) =>
      byDay
        .filter((row) => (row.bucket !== null) === bucket)
        .map((row) => `${row.event_type} ${bucket ? row.bucket : row.banner_tag} ${row.count}`)
        .sort()
    expect(kept(true)).toEqual(tally(expected, (e) => `${e.event_type} ${e.event_date}`))
    expect(kept(false)).toEqual(tally(expected, (e) => `${e.event_type} ${e.banner_tag}`))
    const day = { site_id: 'default', day: '2026-03-28' }
    const byHour = await narrowedByHour(clickhouse, { ...day, starts_at: START, hours: 24 }, filters)
    const ofDay = expected.filter(({ event_date }) => event_date === day.day)
    expect(
      byHour
        .filter(({ bucket }) => bucket !== null)
        .map((row) => `${row.event_type} ${row.bucket} ${row.count}`)
        .sort(),
    ).toEqual(tally(ofDay, (e) => `${e.event_type} ${Math.floor((e.occurred_at - START) / HOUR_MS)}`))
    const until = START + 7.5 * HOUR_MS
    expect(
      (await narrowedUntil(clickhouse, { ...day, until }, filters))
        .map((r) => `${r.event_type} ${r.count}`)
        .sort(),
    ).toEqual(
      tally(
        ofDay.filter(({ occurred_at }) => occurred_at < until),
        (e) => e.event_type,
      ),
    )
  }
})

test('a breakdown’s rows add up to the counts, the largest first, the rest said', async () => {
  const expected = firsts(() => true)
  const visits = (value?: string) =>
    expected.filter((e) => e.event_type === 'visit' && (value === undefined || e.country === value)).length
  const { rows, left_out, total } = await countsByValue(clickhouse, DAYS, ALL, 'country', 10)
  expect(rows.map(({ value }) => value).toSorted()).toEqual(COUNTRIES.toSorted())
  for (const row of rows) expect(row.visits).toBe(visits(row.value))
  expect([left_out, total.visits]).toEqual([0, visits()])
  const few = await countsByValue(clickhouse, DAYS, ALL, 'country', 1)
  expect([few.rows, few.left_out, few.total]).toEqual([rows.slice(0, 1), 3, total])
  expect((await countsByValue(clickhouse, { ...DAYS, site_id: 'nobody' }, ALL, 'page', 5)).rows).toEqual([])
})

test('amounts are exact, each transaction once, narrowed or not', async () => {
  const sum = (of: readonly Sent[], keyOf: (event: Sent) => string) => {
    const first = new Map<string, Sent>()
    for (const event of of)
      if (event.event_type === 'deposit' && !first.has(event.transaction_id))
        first.set(event.transaction_id, event)
    const cents = new Map<string, number>()
    for (const event of first.values())
      cents.set(keyOf(event), (cents.get(keyOf(event)) ?? 0) + Math.round(Number(event.amount) * 100))
    return lines(cents)
  }
  const cents = (amount: string) => Math.round(Number(amount) * 100)
  for (const [filters, passes] of [
    [ALL, () => true],
    [{ ...ALL, values: { country: 'FR' } }, ({ country }: Sent) => country === 'FR'],
    [{ ...ALL, banners: 'b3' }, ({ banner_tag }: Sent) => banner_tag === 'b3'],
  ] as [EventFilters, (event: Sent) => boolean][]) {
    const passing = events.filter(passes)
    const byDay = await amountsByDay(clickhouse, DAYS, filters)
    expect(byDay.map((r) => `${r.bucket} ${r.currency} ${cents(r.amount)}`).sort()).toEqual(
      sum(passing, (e) => `${e.event_date} ${e.currency}`),
    )
    const day = { site_id: 'default', day: '2026-03-29' }
    const starts_at = START + 24 * HOUR_MS
    const ofDay = passing.filter(({ event_date }) => event_date === day.day)
    const byHour = await amountsByHour(clickhouse, { ...day, starts_at, hours: 24 }, filters)
    expect(byHour.map((r) => `${r.bucket} ${r.currency} ${cents(r.amount)}`).sort()).toEqual(
      sum(ofDay, (e) => `${Math.floor((e.occurred_at - starts_at) / HOUR_MS)} ${e.currency}`),
    )
    const until = starts_at + 9.5 * HOUR_MS
    const before = await amountsUntil(clickhouse, { ...day, until }, filters)
    expect(before.map((r) => `${r.currency} ${cents(r.amount)}`).sort()).toEqual(
      sum(
        ofDay.filter(({ occurred_at }) => occurred_at < until),
        (e) => e.currency,
      ),
    )
  }
})
