/** Once a day per type: whatever way events arrive, the tables equal a recomputation from the distinct events. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { Event } from '@rtpx/kafka/event'
import fc from 'fast-check'
import type { ClickHouse } from './client.ts'
import { countsByHourAndBanner, countsUntil } from './queries/metrics.ts'
import { startMigrated, type TestClickHouse } from './testing.ts'

let started: TestClickHouse
let clickhouse: ClickHouse
let runs = 0

beforeAll(async () => {
  started = await startMigrated()
  clickhouse = started.clickhouse
})
afterAll(() => started?.stop())

const DAY_MS = 86_400_000
const START = Date.UTC(2026, 1, 27)

const anEvent = fc
  .record({
    event_id: fc.uuid(),
    event_type: fc.constantFrom('visit', 'registration', 'deposit', 'page_view'),
    player_id: fc.constantFrom('', 'p1', 'p2', "o'p3"),
    visitor_id: fc.constantFrom('', 'v1', 'p1'),
    banner_tag: fc.constantFrom('', 'b1', 'b2'),
    // Few instants, so that ties happen.
    offset: fc.integer({ min: 0, max: 12 }),
  })
  .map(({ offset, ...event }) => {
    const occurred_at = START + offset * (DAY_MS / 4)
    const event_date = new Date(occurred_at).toISOString().slice(0, 10)
    return { ...event, site_id: '', occurred_at, created_at: occurred_at, event_date } satisfies Event
  })
type TestEvent = typeof anEvent extends fc.Arbitrary<infer Value> ? Value : never

/** The stream as it may be delivered: everything at least once, in any order, in blocks of any size. */
const aDelivery = fc
  .uniqueArray(anEvent, { selector: ({ event_id }) => event_id, minLength: 1, maxLength: 30 })
  .chain((events) =>
    fc.record({
      events: fc.constant(events),
      deliveries: fc
        .array(fc.constantFrom(...events), { maxLength: 20 })
        .chain((again) =>
          fc.shuffledSubarray([...events, ...again], { minLength: events.length + again.length }),
        ),
      blockSize: fc.integer({ min: 1, max: 20 }),
    }),
  )

test('daily_metrics and event_summary do not change with redelivery, order or blocks', async () => {
  await fc.assert(
    fc.asyncProperty(aDelivery, async ({ events, deliveries, blockSize }) => {
      // A site of its own for each run, so that nothing has to be emptied.
      runs += 1
      const site_id = `run${runs}`
      for (let at = 0; at < deliveries.length; at += blockSize)
        await clickhouse.insertLines(
          'events_incoming',
          deliveries.slice(at, at + blockSize).map((event) => JSON.stringify({ ...event, site_id })),
        )

      const summary = await clickhouse.rows(
        'SELECT event_date, event_type, banner_tag, count FROM event_summary WHERE site_id = {site_id:String} AND count > 0 ORDER BY ALL',
        { site_id },
      )
      expect(summary).toEqual(recountedSummary(events))
      const metrics = await clickhouse.rows(
        'SELECT event_date, event_type, count FROM daily_metrics WHERE site_id = {site_id:String} ORDER BY event_date, event_type',
        { site_id },
      )
      expect(metrics).toEqual(
        await clickhouse.rows(
          'SELECT event_date, event_type, sum(count) AS count FROM event_summary WHERE site_id = {site_id:String} GROUP BY ALL ORDER BY event_date, event_type',
          { site_id },
        ),
      )
      expect(
        await clickhouse.rows(
          'SELECT count() AS n, uniqExact(event_id) AS ids FROM events WHERE site_id = {site_id:String}',
          { site_id },
        ),
      ).toEqual([{ n: events.length, ids: events.length }])
    }),
    // Shrinking asks ClickHouse hundreds of times; the counterexample as it is tells enough.
    { numRuns: 10, endOnFailure: true },
  )
}, 120_000)

test('the first event of a day gives its hour and its banner, also when it comes last', async () => {
  const event = (event_id: string, hour: number, banner_tag: string) => {
    const occurred_at = START + hour * (DAY_MS / 24)
    const created_at = occurred_at
    return JSON.stringify({
      event_id,
      site_id: 'late',
      event_type: 'visit',
      player_id: 'p',
      banner_tag,
      occurred_at,
      created_at,
      event_date: '2026-02-27',
    })
  }
  await clickhouse.insertLines('events_incoming', [event('00000000-0000-4000-8000-000000000001', 9, 'late')])
  await clickhouse.insertLines('events_incoming', [event('00000000-0000-4000-8000-000000000002', 2, 'early')])
  const day = { site_id: 'late', day: '2026-02-27', starts_at: START, hours: 24 }
  expect(await countsByHourAndBanner(clickhouse, day, null, true)).toEqual([
    { event_type: 'visit', bucket: 2, banner_tag: null, count: 1 },
    { event_type: 'visit', bucket: null, banner_tag: 'early', count: 1 },
  ])
  const until = START + DAY_MS / 4
  expect(await countsUntil(clickhouse, { ...day, until }, 'early', true)).toEqual([
    { event_type: 'visit', count: 1 },
  ])
  expect(await countsUntil(clickhouse, { ...day, until }, 'late', true)).toEqual([])
})

/** event_summary in plain TypeScript, from the distinct events. */
function recountedSummary(events: readonly TestEvent[]) {
  const firsts = new Map<string, TestEvent>()
  for (const event of events) {
    const who = event.player_id
      ? `player ${event.player_id}`
      : `anonymous ${event.visitor_id || event.event_id}`
    const key = [event.event_date, event.event_type, who].join('\t')
    const first = firsts.get(key)
    if (first === undefined || comesBefore(event, first)) firsts.set(key, event)
  }
  const counts = new Map<string, number>()
  for (const { event_date, event_type, banner_tag } of firsts.values()) {
    const key = [event_date, event_type, banner_tag].join('\t')
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return [...counts]
    .map(([key, count]) => {
      const [event_date, event_type, banner_tag] = key.split('\t')
      return { event_date, event_type, banner_tag, count }
    })
    .sort((a, b) => (JSON.stringify(Object.values(a)) < JSON.stringify(Object.values(b)) ? -1 : 1))
}

/** By time, then by event_id as ClickHouse orders UUIDs: by their halves, the second one first. */
function comesBefore(a: TestEvent, b: TestEvent): boolean {
  if (a.occurred_at !== b.occurred_at) return a.occurred_at < b.occurred_at
  return uuidOrder(a.event_id) < uuidOrder(b.event_id)
}

function uuidOrder(uuid: string): string {
  const hex = uuid.replaceAll('-', '')
  return hex.slice(16) + hex.slice(0, 16)
}
