/** Funnels equal a recomputation from the distinct events, whatever way those arrive: repeated, shuffled, in blocks of any size. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { Event } from '@rtpx/kafka/event'
import fc from 'fast-check'
import type { ClickHouse } from '../client.ts'
import { startMigrated, type TestClickHouse } from '../testing.ts'
import { type EventFilter, isFilterField } from './event-conditions.ts'
import { takeUpFacts } from './facts.ts'
import type { FunnelQuestion } from './funnel-attempts.ts'
import { BREAKDOWNS } from './funnel-limits.ts'
import { type Attempt, modelAttempts, modelNumbers, ownersOf } from './funnel-model.ts'
import { eventsGoneBefore, funnelDropouts, funnelReport } from './funnels.ts'

let started: TestClickHouse
let clickhouse: ClickHouse

beforeAll(async () => {
  started = await startMigrated()
  clickhouse = started.clickhouse
}, 180_000)
afterAll(() => started?.stop())

const DAY_MS = 86_400_000
const START = Date.UTC(2026, 1, 25)
const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10)

const anEvent: fc.Arbitrary<Event> = fc
  .record({
    event_id: fc.uuid(),
    event_type: fc.constantFrom('visit', 'registration', 'deposit', 'page_view', 'page_view'),
    player_id: fc.constantFrom('', '', 'p1', 'p2', "o'p3"),
    visitor_id: fc.constantFrom('', 'v1', 'v2', 'p1'),
    banner_tag: fc.constantFrom('', 'b1', 'b2', 'c%_1'),
    path: fc.constantFrom('/', '/a?utm_source=mail', '/a/b%\\_', '/checkout#x'),
    country: fc.constantFrom('', 'DE', 'FR'),
    referrer: fc.constantFrom('', 'https://News.example/a', 'javascript:alert(1)'),
    metadata: fc.constantFrom('{}', '{"plan":"gold","n":7,"deep":{"er":true}}', '{"plan":null,"n":"12"}'),
    amount: fc.constantFrom('', '0.5', '20'),
    is_bot: fc.constantFrom(false, false, true),
    // Few instants, so that ties happen.
    offset: fc.integer({ min: 0, max: 24 }),
  })
  .map(({ offset, amount, ...event }) => {
    const occurred_at = START + offset * (DAY_MS / 3)
    const event_date = dayOf(occurred_at)
    return {
      ...event,
      ...(amount && { amount }),
      site_id: '',
      occurred_at,
      created_at: occurred_at,
      event_date,
    }
  })

const aFilter: fc.Arbitrary<EventFilter> = fc.oneof(
  fc.constantFrom<EventFilter>(
    { field: 'banner_tag', operator: 'is', values: ['b1', 'b2'] },
    { field: 'banner_tag', operator: 'is_not', values: ['b1', ''] },
    { field: 'banner_tag', operator: 'matches', values: ['c%*', '*2'] },
    { field: 'path', operator: 'is', values: ['/a', '/checkout'] },
    { field: 'path', operator: 'matches', values: ['/a*\\_'] },
    { field: 'path', operator: 'not_matches', values: ['/*a*', '/checkout'] },
    { field: 'path', operator: 'contains', values: ['%', "'"] },
    { field: 'path', operator: 'not_contains', values: ['a'] },
    { field: 'path', operator: 'ends_with', values: ['out'] },
    { field: 'utm_source', operator: 'is', values: ['mail'] },
    { field: 'referrer_host', operator: 'starts_with', values: ['news'] },
    { field: 'metadata.plan', operator: 'is', values: ['gold'] },
    { field: 'metadata.plan', operator: 'is', values: [''] },
    { field: 'metadata.deep.er', operator: 'is', values: ['true'] },
    { field: 'metadata.n', operator: 'at_least', values: ['7.5'] },
    { field: 'amount', operator: 'at_most', values: ['1'] },
  ),
)
const aStep = fc.record({
  event_type: fc.constantFrom('visit', 'registration', 'deposit', 'page_view', 'page_view', '*'),
  filters: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(aFilter, { maxLength: 2 }) },
  ),
})
const aQuestion: fc.Arbitrary<Omit<FunnelQuestion, 'site_id'>> = fc.record({
  from: fc.constantFrom(dayOf(START), dayOf(START + DAY_MS)),
  to: fc.constantFrom(dayOf(START + 2 * DAY_MS), dayOf(START + 9 * DAY_MS)),
  steps: fc.array(aStep, { minLength: 2, maxLength: 8 }),
  window_ms: fc.constantFrom(60_000, DAY_MS, 2 * DAY_MS, 30 * DAY_MS),
  order: fc.constantFrom<'loose' | 'strict'>('loose', 'loose', 'strict'),
  with_bots: fc.boolean(),
  banner_prefixes: fc.constantFrom(null, null, ['b'], ['b2', 'c%']),
})

/** Delivered at least once, in any order, in blocks of any size. */
async function deliver(events: readonly Event[], site_id: string, again: readonly Event[], block: number) {
  const deliveries = [...events, ...again].toSorted((a, b) =>
    Bun.hash(a.event_id) < Bun.hash(b.event_id) ? -1 : 1,
  )
  for (let at = 0; at < deliveries.length; at += block)
    await clickhouse.insertLines(
      'events_incoming',
      deliveries.slice(at, at + block).map((event) => JSON.stringify({ ...event, site_id })),
    )
  await takeUpFacts(clickhouse)
}

test('persons, conversions, times and breakdowns equal the recomputation', async () => {
  let runs = 0
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(anEvent, { selector: ({ event_id }) => event_id, minLength: 60, maxLength: 120 }),
      fc.array(fc.tuple(aQuestion, fc.constantFrom(...BREAKDOWNS, null)), { minLength: 8, maxLength: 8 }),
      fc.integer({ min: 0, max: 40 }),
      fc.integer({ min: 20, max: 80 }),
      async (events, questions, redelivered, block) => {
        runs += 1
        const site_id = `run${runs}`
        await deliver(events, site_id, events.slice(0, redelivered), block)
        for (const [asked, by] of questions) {
          const question = { ...asked, site_id }
          const now = START + 6 * DAY_MS
          const valueIn = (event: Event) =>
            by === 'referrer_host'
              ? (URL.parse(event.referrer ?? '')?.hostname ?? '')
              : by === 'path'
                ? ((event.path ?? '').split(/[?#]/)[0] ?? '')
                : by === 'utm_source'
                  ? event.path?.includes('=mail')
                    ? 'mail'
                    : ''
                  : by === 'day'
                    ? event.event_date
                    : String(by === null || by === 'utm_campaign' ? '' : (event[by] ?? ''))
          const hashes = await hashesOf(new Set(events.map(valueIn)))
          const attempts = modelAttempts(events, question, (event) =>
            by === null ? 0n : (hashes.get(valueIn(event)) ?? 0n),
          )
          const report = await funnelReport(clickhouse, question, by, now)
          expect({ question, ...report.total }).toEqual({
            question,
            ...modelNumbers(attempts, question, now),
          })
          const groups = by === null ? [] : [...Map.groupBy(attempts, ({ entry }) => valueIn(entry))]
          const values = groups.map(([value, own]) => ({ value, ...modelNumbers(own, question, now) }))
          expect(report.values.toSorted(byValue)).toEqual(values.toSorted(byValue))
          await expectDropouts(question, attempts)
        }
      },
    ),
    // Shrinking asks ClickHouse hundreds of times; the counterexample as it is tells enough.
    { numRuns: 4, endOnFailure: true },
  )
}, 120_000)

const byValue = (a: { readonly value: string }, b: { readonly value: string }) => (a.value < b.value ? -1 : 1)

async function hashesOf(values: ReadonlySet<string>): Promise<Map<string, bigint>> {
  const rows = await clickhouse.rows<{ value: string; hash: string }>(
    'SELECT arrayJoin({values:Array(String)}) AS value, toString(sipHash64(value)) AS hash',
    { values: [...values] },
  )
  return new Map(rows.map(({ value, hash }) => [value, BigInt(hash)]))
}

async function expectDropouts(question: FunnelQuestion, attempts: readonly Attempt[]) {
  const step = 1 + (attempts.length % question.steps.length)
  const expected = attempts
    .filter(({ times }) => times.length === step)
    .map(({ person, times }) => ({
      player_id: person.startsWith('p ') ? person.slice(2) : '',
      visitor_id: person.startsWith('v ') ? person.slice(2) : '',
      entered_at: times[0] ?? 0,
      stopped_at: times.at(-1) ?? 0,
    }))
  const found = await funnelDropouts(clickhouse, question, step)
  const order = (rows: readonly { readonly player_id: string; readonly visitor_id: string }[]) =>
    rows.toSorted((a, b) => (a.player_id + a.visitor_id < b.player_id + b.visitor_id ? -1 : 1))
  expect(order(found)).toEqual(order(expected))
}

describe('a funnel', () => {
  const event = (id: number, event_type: string, minute: number, who: Partial<Event>): Event => ({
    event_id: `00000000-0000-4000-8000-${String(id).padStart(12, '0')}`,
    site_id: 'told',
    event_type,
    occurred_at: START + minute * 60_000,
    created_at: START + minute * 60_000,
    event_date: dayOf(START),
    ...who,
  })
  const question: FunnelQuestion = {
    site_id: 'told',
    from: dayOf(START),
    to: dayOf(START),
    steps: ['page_view', 'registration', 'deposit'].map((event_type) => ({ event_type, filters: [] })),
    window_ms: 60 * 60_000,
    order: 'loose',
    with_bots: true,
    banner_prefixes: null,
  }

  test('takes in what a player did before having a name', async () => {
    const events = [
      event(1, 'page_view', 0, { visitor_id: 'v' }),
      event(2, 'registration', 10, { visitor_id: 'v', player_id: 'ann' }),
      event(3, 'deposit', 40, { player_id: 'ann' }),
      event(4, 'page_view', 5, { visitor_id: 'other' }),
    ]
    await deliver(events, 'told', events, 2)
    expect((await funnelReport(clickhouse, question, null, START)).total).toEqual({
      people: [2, 1, 1],
      median_ms: [600_000, 1_800_000],
      p90_ms: [600_000, 1_800_000],
      total_median_ms: 2_400_000,
      total_p90_ms: 2_400_000,
      waiting: 1,
    })
    expect(await funnelDropouts(clickhouse, question, 1)).toEqual([
      { player_id: '', visitor_id: 'other', entered_at: START + 300_000, stopped_at: START + 300_000 },
    ])
    expect(ownersOf(events)).toEqual(new Map([['v', 'ann']]))
  })

  test('refuses steps and windows out of bounds', async () => {
    const ask = (change: Partial<FunnelQuestion>) =>
      funnelReport(clickhouse, { ...question, ...change }, null, 0)
    await expect(ask({ steps: question.steps.slice(0, 1) })).rejects.toThrow('2 to 8 steps')
    await expect(ask({ steps: Array(9).fill(question.steps[0]) })).rejects.toThrow('2 to 8 steps')
    await expect(ask({ window_ms: 0 })).rejects.toThrow('window')
    await expect(ask({ window_ms: 367 * DAY_MS })).rejects.toThrow('window')
    expect(isFilterField('metadata.')).toBe(false)
    expect(isFilterField('1 OR 1')).toBe(false)
  })

  test('of nobody has zeros, and says from which day events are kept', async () => {
    const nobody = await funnelReport(clickhouse, { ...question, site_id: 'empty' }, 'banner_tag', 0)
    expect(nobody).toEqual({
      total: {
        people: [0, 0, 0],
        median_ms: [0, 0],
        p90_ms: [0, 0],
        total_median_ms: 0,
        total_p90_ms: 0,
        waiting: 0,
      },
      values: [],
    })
    expect(await eventsGoneBefore(clickhouse, question)).toBeNull()
    await clickhouse.command(
      `INSERT INTO retention_cuts VALUES ('events', 'told', '${dayOf(START)}', 1, now64(3)), ('events', 'told', '2020-01-01', 1, now64(3))`,
    )
    expect(await eventsGoneBefore(clickhouse, question)).toBe(dayOf(START + DAY_MS))
  })
})
