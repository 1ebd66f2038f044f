/** Cohorts equal a recomputation from the distinct events, whatever way those arrive, and also when the raw events are gone. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { Event } from '@rtpx/kafka/event'
import fc from 'fast-check'
import type { ClickHouse } from '../client.ts'
import { startMigrated, type TestClickHouse } from '../testing.ts'
import { COHORT_STARTS, PERIODS, type Period, RETURNS } from './cohort-limits.ts'
import { addDecimals, cohortTable, nextPeriod, periodStart } from './cohort-table.ts'
import { type CohortQuestion, cohortCounts, depositCurrencies } from './cohorts.ts'
import { takeUpFacts } from './facts.ts'
import { ownersOf } from './funnel-model.ts'

let started: TestClickHouse
let clickhouse: ClickHouse

beforeAll(async () => {
  started = await startMigrated()
  clickhouse = started.clickhouse
}, 180_000)
afterAll(() => started?.stop())

const DAY_MS = 86_400_000
const START = Date.UTC(2026, 0, 28)
const TODAY = '2026-03-10'
const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10)

const anEvent: fc.Arbitrary<Event> = fc
  .record({
    event_id: fc.uuid(),
    event_type: fc.constantFrom('visit', 'registration', 'deposit', 'deposit', 'page_view'),
    player_id: fc.constantFrom('', 'p1', 'p2', 'p3', 'p4', 'p5', 'p6', "o'p7"),
    visitor_id: fc.constantFrom('', 'v1', 'v2', 'v3'),
    banner_tag: fc.constantFrom('', 'a1', 'a2', 'b1'),
    currency: fc.constantFrom('EUR', 'EUR', 'BTC'),
    amount: fc.constantFrom('0.1', '0.20', '12345678901.05', ''),
    day: fc.integer({ min: 0, max: 44 }),
  })
  .map(({ day, amount, ...event }) => {
    const occurred_at = START + day * DAY_MS + 3_600_000
    return {
      ...event,
      ...(amount && { amount }),
      site_id: '',
      occurred_at,
      created_at: occurred_at,
      event_date: dayOf(occurred_at),
    }
  })
  // What the contract says: these have a player.
  .map((event) =>
    event.player_id === '' && event.event_type !== 'page_view'
      ? { ...event, event_type: 'page_view' }
      : event,
  )

const aQuestion: fc.Arbitrary<Omit<CohortQuestion, 'site_id'>> = fc.record({
  from: fc.constantFrom('2026-01-26', '2026-02-09'),
  to: fc.constantFrom('2026-02-22', TODAY),
  period: fc.constantFrom(...PERIODS),
  start: fc.constantFrom(...COHORT_STARTS),
  measure: fc.oneof(
    fc.record({ returns: fc.constantFrom(...RETURNS) }),
    fc.record({ currency: fc.constantFrom('EUR', 'BTC') }),
  ),
  banner_tag: fc.constantFrom(null, null, 'a1', ''),
  banner_prefixes: fc.constantFrom(null, null, ['a'], ['a2', 'b']),
  today: fc.constant(TODAY),
})

test('players and amounts by cohort, age and banner equal the recomputation', async () => {
  let runs = 0
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(anEvent, { selector: ({ event_id }) => event_id, minLength: 60, maxLength: 120 }),
      fc.array(fc.tuple(aQuestion, fc.boolean()), { minLength: 8, maxLength: 8 }),
      fc.integer({ min: 0, max: 40 }),
      async (events, questions, redelivered) => {
        runs += 1
        const site_id = `run${runs}`
        const deliveries = [...events, ...events.slice(0, redelivered)].toSorted((a, b) =>
          Bun.hash(a.event_id) < Bun.hash(b.event_id) ? -1 : 1,
        )
        for (let at = 0; at < deliveries.length; at += 40) {
          const lines = deliveries.slice(at, at + 40).map((event) => JSON.stringify({ ...event, site_id }))
          await clickhouse.insertLines('events_incoming', lines)
          await takeUpFacts(clickhouse)
        }
        await acquire(events, site_id)
        await clickhouse.command('TRUNCATE TABLE events_log')
        for (const [asked, byBanner] of questions) {
          const question = { ...asked, site_id }
          const counts = await cohortCounts(clickhouse, question, byBanner)
          expect({ question, counts: inOrder(counts) }).toEqual({
            question,
            counts: inOrder(model(events, question, byBanner)),
          })
        }
      },
    ),
    { numRuns: 4, endOnFailure: true },
  )
}, 120_000)

const inOrder = <Row>(rows: readonly Row[]) => rows.map((row) => JSON.stringify(row)).sort()

/** As the job `players` would write it: the banner of the first event with one. */
async function acquire(events: readonly Event[], site_id: string) {
  const rows = Object.entries(acquiring(events)).map(([player_id, banner_tag]) =>
    JSON.stringify({ site_id, player_id, banner_tag }),
  )
  if (rows.length > 0) await clickhouse.insertLines('players_log', rows)
}
const acquiring = (events: readonly Event[]): Record<string, string> =>
  Object.fromEntries(
    events
      .filter(({ player_id, banner_tag }) => player_id && banner_tag)
      .map(({ player_id = '', banner_tag = '' }) => [player_id, banner_tag]),
  )

function model(events: readonly Event[], question: CohortQuestion, byBanner: boolean) {
  const { period, start, measure, from, to, today } = question
  const owners = ownersOf(events)
  const banners = acquiring(events)
  const mine = (banner: string) =>
    question.banner_prefixes?.some((prefix) => banner.startsWith(prefix)) ?? true
  const players = Map.groupBy(
    events,
    ({ player_id, visitor_id = '' }) => player_id || owners.get(visitor_id) || '',
  )
  const counts = new Map<
    string,
    { banner_tag: string; cohort: string; age: number; players: Set<string>; amounts: string[] }
  >()
  for (const [player, own] of players) {
    const acquired = banners[player] ?? ''
    const began = own
      .filter(({ event_type, player_id }) => event_type === start && player_id)
      .map(({ event_date }) => event_date)
      .sort()[0]
    if (player === '' || !began || began < from || began > to || !mine(acquired)) continue
    if (question.banner_tag !== null && question.banner_tag !== acquired) continue
    const count = (age: number, amount?: string) => {
      const place = { banner_tag: byBanner ? acquired : '', cohort: periodStart(began, period), age }
      const key = JSON.stringify(place)
      const of = counts.get(key) ?? { ...place, players: new Set(), amounts: [] }
      counts.set(key, of)
      of.players.add(player)
      if (amount) of.amounts.push(amount)
    }
    count(-1)
    for (const event of own.filter(({ event_date }) => event_date >= began && event_date <= today)) {
      const age = ageOf(began, event.event_date, period)
      if ('returns' in measure && (measure.returns === 'any' || measure.returns === event.event_type))
        count(age)
      if (
        'currency' in measure &&
        event.event_type === 'deposit' &&
        event.currency === measure.currency &&
        mine(event.banner_tag ?? '')
      )
        count(age, event.amount ?? '0')
    }
  }
  return [...counts.values()].map(({ players, amounts, ...place }) => ({
    ...place,
    players: players.size,
    amount: addDecimals(amounts),
  }))
}

function ageOf(began: string, day: string, period: Period): number {
  let age = 0
  for (let at = periodStart(began, period); at < periodStart(day, period); at = nextPeriod(at, period))
    age += 1
  return age
}

test('the table has a row a period, marks what is not over, and weighs its averages', () => {
  const count = (cohort: string, age: number, players: number, amount = '0') => ({
    banner_tag: '',
    cohort,
    age,
    players,
    amount,
  })
  const counts = [
    count('2026-02-23', -1, 100),
    count('2026-02-23', 0, 100, '10.5'),
    count('2026-02-23', 1, 10, '0.00000001'),
    count('2026-03-02', -1, 10),
    count('2026-03-02', 0, 10),
    count('2026-03-02', 1, 9),
    count('2026-03-09', -1, 5),
    count('2026-03-09', 0, 5),
  ]
  const { cohorts, average } = cohortTable(counts, {
    from: '2026-02-23',
    to: TODAY,
    period: 'week',
    today: TODAY,
  })
  const cells = cohorts.map(({ cells }) =>
    cells.map(({ players, unfinished }) => `${players}${unfinished ? '…' : ''}`),
  )
  expect(cells).toEqual([['100', '10', '0…'], ['10', '9…'], ['5…']])
  expect(cohorts.map(({ from, to, size }) => ({ from, to, size }))).toEqual([
    { from: '2026-02-23', to: '2026-03-01', size: 100 },
    { from: '2026-03-02', to: '2026-03-08', size: 10 },
    { from: '2026-03-09', to: '2026-03-15', size: 5 },
  ])
  expect(average).toEqual([
    { size: 110, players: 110, amount: '10.5' },
    { size: 100, players: 10, amount: '0.00000001' },
    { size: 0, players: 0, amount: '0' },
  ])
  expect(
    cohortTable([], { from: '2026-01-31', to: TODAY, period: 'month', today: TODAY }).cohorts.map(
      ({ from, to }) => `${from} ${to}`,
    ),
  ).toEqual(['2026-01-01 2026-01-31', '2026-02-01 2026-02-28', '2026-03-01 2026-03-31'])
  expect(addDecimals(['-0.5', '0.2', '12345678901234567890.00000001'])).toBe('12345678901234567889.70000001')
})

test('currencies come in the order of their payments', async () => {
  const paid = (id: number, currency: string) =>
    JSON.stringify({
      event_id: `00000000-0000-4000-8000-${String(id).padStart(12, '0')}`,
      site_id: 'paid',
      event_type: 'deposit',
      player_id: 'p',
      banner_tag: `${currency}1`,
      currency,
      amount: '1',
      occurred_at: START,
      created_at: START,
      event_date: dayOf(START),
    })
  await clickhouse.insertLines('events_incoming', [
    paid(1, 'BTC'),
    paid(2, 'EUR'),
    paid(3, 'EUR'),
    paid(3, 'EUR'),
  ])
  await takeUpFacts(clickhouse)
  const days = { site_id: 'paid', from: dayOf(START), to: TODAY }
  expect(await depositCurrencies(clickhouse, { ...days, banner_prefixes: null })).toEqual(['EUR', 'BTC'])
  expect(await depositCurrencies(clickhouse, { ...days, banner_prefixes: ['BTC'] })).toEqual(['BTC'])
})
