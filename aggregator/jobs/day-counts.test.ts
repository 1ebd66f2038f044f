/**
 * Counted days: however events arrive, and whatever is counted, closed, or killed while doing so, every count equals a recomputation
 * from the distinct events, at every step.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { ClickHouse } from '@rtpx/clickhouse/client'
import {
  countsAsOf,
  countsByDayAndBanner,
  countsByHourAndBanner,
  countsUntil,
  dailyCounts,
} from '@rtpx/clickhouse/queries/metrics'
import { startMigrated, type TestClickHouse } from '@rtpx/clickhouse/testing'
import fc from 'fast-check'
import { closeDaysJob, daysToClose } from './close-days.ts'
import { countDaysJob } from './count-days.ts'

let started: TestClickHouse
let clickhouse: ClickHouse
let runs = 0

beforeAll(async () => {
  started = await startMigrated()
  clickhouse = started.clickhouse
}, 180_000)
afterAll(() => started?.stop())

const DAY_MS = 86_400_000
const QUARTER_MS = 900_000
const START = Date.UTC(2026, 1, 27)
/** Two arrivals a statement, so that a fold has several portions. */
const countDays = countDaysJob(2)
const closeDays = closeDaysJob(48, 0)

const anEvent = fc
  .record({
    event_id: fc.uuid(),
    event_type: fc.constantFrom<string[]>('visit', 'deposit'),
    player_id: fc.constantFrom<string[]>('', 'p1', 'p2', "o'p3"),
    visitor_id: fc.constantFrom<string[]>('', 'v1', 'p1'),
    banner_tag: fc.constantFrom<string[]>('', 'b1', 'b2'),
    // Few instants, so that ties happen.
    offset: fc.integer({ min: 0, max: 7 }),
  })
  .map(({ offset, ...event }) => {
    const occurred_at = START + offset * (DAY_MS / 4)
    return { ...event, occurred_at, created_at: occurred_at, event_date: dayOf(occurred_at) }
  })
type TestEvent = typeof anEvent extends fc.Arbitrary<infer Value> ? Value : never

/** What may happen between two blocks. A killed job answers to nothing from its n-th statement on, which may or may not have run. */
const aStep = fc.oneof(
  fc.constant({ kind: 'nothing' as const }),
  fc.constant({ kind: 'count' as const }),
  fc.constant({ kind: 'twice' as const }),
  fc.record({ kind: fc.constant('killed' as const), at: fc.integer({ min: 0, max: 14 }), ran: fc.boolean() }),
)

const aStory = fc
  .uniqueArray(anEvent, { selector: ({ event_id }) => event_id, minLength: 1, maxLength: 25 })
  .chain((events) =>
    fc.record({
      deliveries: fc
        .array(fc.constantFrom(...events), { maxLength: 15 })
        .chain((again) =>
          fc.shuffledSubarray([...events, ...again], { minLength: events.length + again.length }),
        ),
      blockSize: fc.integer({ min: 3, max: 15 }),
      steps: fc.array(aStep, { minLength: 14, maxLength: 14 }),
    }),
  )

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}

/**
 * A client that dies at a statement: before it, or after it has run. Those of the lock do not count: a dead process's lock is taken
 * away in time, and no test waits for that.
 */
function dying(alive: ClickHouse, at: number, ran: boolean): ClickHouse {
  let left = at
  const die = async <T>(statement: () => Promise<T>): Promise<T> => {
    left -= 1
    if (left >= 0) return statement()
    if (left === -1 && ran) await statement()
    throw new Error('killed')
  }
  return {
    ...alive,
    rows: (sql, params) => die(() => alive.rows(sql, params)),
    command: (sql, params) => {
      const isLock = sql.startsWith('DROP TABLE') || (sql.startsWith('CREATE TABLE') && left > 0)
      return isLock ? alive.command(sql, params) : die(() => alive.command(sql, params))
    },
  }
}

async function take(step: typeof aStep extends fc.Arbitrary<infer Value> ? Value : never) {
  if (step.kind === 'count') await countDays.run(clickhouse, 0)
  if (step.kind === 'twice') await Promise.all([countDays.run(clickhouse, 0), countDays.run(clickhouse, 0)])
  if (step.kind === 'killed')
    await countDays.run(dying(clickhouse, step.at, step.ran), 0).catch((error: Error) => {
      if (error.message !== 'killed') throw error
    })
}

const insert = async (site_id: string, events: readonly TestEvent[]) =>
  events.length > 0 &&
  clickhouse.insertLines(
    'events_incoming',
    events.map((event) => JSON.stringify({ ...event, site_id })),
  )

/** Holds every view against the events delivered so far. */
async function expectCounts(site_id: string, delivered: readonly TestEvent[]) {
  const events = [...new Map(delivered.map((event) => [event.event_id, event])).values()]
  const read = (sql: string) => clickhouse.rows<Record<string, unknown>>(`${sql} ORDER BY ALL`, { site_id })
  expect(
    await read(
      'SELECT event_date, event_type, banner_tag, count, players, events FROM event_totals WHERE site_id = {site_id:String}',
    ),
  ).toEqual(totals(events))
  expect(
    await read(
      `SELECT event_date, event_type, banner_tag, toUnixTimestamp(quarter) * 1000 AS quarter, count FROM event_quarters
       WHERE site_id = {site_id:String}`,
    ),
  ).toEqual(
    tally(firsts(events), (event) => ({
      event_date: event.event_date,
      event_type: event.event_type,
      banner_tag: event.banner_tag,
      quarter: event.occurred_at - (event.occurred_at % QUARTER_MS),
    })),
  )
  expect(
    await read('SELECT event_date, event_type, count FROM daily_metrics WHERE site_id = {site_id:String}'),
  ).toEqual(tally(firsts(events), ({ event_date, event_type }) => ({ event_date, event_type })))
}

describe('counting', () => {
  test('leaves every count right at every step, also when it is killed, late or twice at once', async () => {
    await fc.assert(
      fc.asyncProperty(aStory, async ({ deliveries, blockSize, steps }) => {
        runs += 1
        const site_id = `run${runs}`
        const delivered: TestEvent[] = []
        for (let at = 0; at < deliveries.length; at += blockSize) {
          const block = deliveries.slice(at, at + blockSize)
          await insert(site_id, block)
          delivered.push(...block)
          await expectCounts(site_id, delivered)
          await take(steps[at / blockSize] ?? { kind: 'nothing' })
          await expectCounts(site_id, delivered)
        }
        await countDays.run(clickhouse, 0)
        await expectCounts(site_id, delivered)
      }),
      { numRuns: 4, endOnFailure: true },
    )
  }, 120_000)

  test('counts what became readable long after it was stamped, at once and from then on', async () => {
    const heldUp = (player: number, minutes: number) =>
      clickhouse.command(
        `INSERT INTO player_day_arrivals (arrived_at, site_id, event_date, event_type, player_key, occurred_at)
         SELECT now64(3) - {minutes:UInt32} * 60, 'held', '2026-02-27', 'visit', {player:UInt32}, '2026-02-27 00:00:00'`,
        { player, minutes },
      )
    const count = async () =>
      (await clickhouse.rows<{ count: number }>("SELECT count FROM daily_metrics WHERE site_id = 'held'"))[0]
        ?.count
    for (const [index, minutes] of [0, 3, 60, 0].entries()) {
      await heldUp(index, minutes)
      expect(await count()).toBe(index + 1)
      await countDays.run(clickhouse, 0)
      expect(await count()).toBe(index + 1)
    }
    expect(
      await clickhouse.rows(
        'SELECT 1 FROM player_day_arrivals UNION ALL SELECT 1 FROM player_day_arrivals_taken',
      ),
    ).toEqual([])
  }, 180_000)

  test('waits for what a holder that is gone is still writing', async () => {
    await insert('waits', [anEventAt(0, 'p1', 'b1')])
    const writing = clickhouse.command(
      `INSERT INTO player_days (site_id, event_date, event_type, player_key, count)
       SELECT 'waits', '2026-02-28', 'visit', number, 1 FROM numbers(8) WHERE sleepEachRow(0.25) = 0 SETTINGS max_block_size = 1`,
    )
    while (
      !(
        await clickhouse.rows(
          "SELECT 1 FROM system.processes WHERE startsWith(query, 'INSERT INTO player_days')",
        )
      ).length
    )
      await Bun.sleep(10)
    await countDays.run(clickhouse, 0)
    expect(
      await clickhouse.rows(
        "SELECT event_date, count() AS n FROM player_days WHERE site_id = 'waits' GROUP BY event_date ORDER BY event_date",
      ),
    ).toEqual([
      { event_date: '2026-02-27', n: 1 },
      { event_date: '2026-02-28', n: 8 },
    ])
    await writing
  }, 180_000)
})

/** A client whose questions take their time between one table and the next, so that anything may happen there. */
const slowly = (alive: ClickHouse): ClickHouse => ({
  ...alive,
  rows: (sql, params) => alive.rows(`${sql} SETTINGS merge_tree_storage_snapshot_sleep_ms = 30`, params),
})

describe('reading while counting', () => {
  const totalOf = (rows: readonly { count: number | string }[]) =>
    rows.reduce((sum, row) => sum + Number(row.count), 0)
  const slow = () => slowly(clickhouse)
  const ofDays = (site_id: string) => ({ site_id, from: '2026-02-27', to: '2026-02-28' })
  const readers: Record<string, (site_id: string) => Promise<number>> = {
    dailyCounts: async (site_id) => totalOf(await dailyCounts(slow(), ofDays(site_id), true)),
    countsByDayAndBanner: async (site_id) => {
      const rows = await countsByDayAndBanner(slow(), ofDays(site_id), null, true)
      const [days, banners] = [rows.filter(({ bucket }) => bucket), rows.filter(({ bucket }) => !bucket)].map(
        totalOf,
      )
      expect(banners).toBe(days)
      return days ?? 0
    },
  }

  test('finds each event once, from when it is written on, whatever is moved, counted and closed meanwhile', async () => {
    const site_id = 'reading'
    let written = 0
    let writing = 0
    let done = false
    const write = async () => {
      for (let block = 0; block < 10; block += 1) {
        writing += 2
        await insert(
          site_id,
          [0, 1].map((at) => anEventAt(at * 4, `p${block}`, `b${block % 3}`)),
        )
        written += 2
      }
    }
    const count = async () => {
      while (!done) await countDays.run(clickhouse, 0)
    }
    const read = async (reader: (site_id: string) => Promise<number>) => {
      let last = 0
      while (!done) {
        const atLeast = Math.max(written, last)
        last = await reader(site_id)
        expect(last).toBeGreaterThanOrEqual(atLeast)
        expect(last).toBeLessThanOrEqual(writing)
      }
      expect(await reader(site_id)).toBe(written)
    }
    const counting = count()
    const reading = Object.values(readers).map(read)
    try {
      await Promise.race([write(), Promise.all(reading)])
      await Promise.race([closeDaysJob(48).run(clickhouse, 0), Promise.all(reading)])
    } finally {
      done = true
    }
    await Promise.all([counting, ...reading])
  }, 180_000)
})

const anEventAt = (offset: number, player_id: string, banner_tag: string): TestEvent => {
  const occurred_at = START + offset * (DAY_MS / 4)
  const event_id = Bun.randomUUIDv7()
  return {
    event_id,
    event_type: 'visit',
    player_id,
    visitor_id: '',
    banner_tag,
    occurred_at,
    created_at: occurred_at,
    event_date: dayOf(occurred_at),
  }
}

describe('closing', () => {
  const closing = async (site_id: string, events: readonly TestEvent[]) => {
    await insert(site_id, events)
    await countDays.run(clickhouse, 0)
    await closeDays.run(clickhouse, 0)
  }
  const log = (site_id: string) =>
    clickhouse.rows(
      `SELECT reason, banner_tag, count, players, events FROM day_counts_log
       WHERE site_id = {site_id:String} AND event_type != '' ORDER BY recorded_at, reason, banner_tag, count`,
      { site_id },
    )

  test('keeps every count, in plain rows, and forgets the players', async () => {
    const events = [
      anEventAt(0, 'p1', 'b1'),
      anEventAt(1, 'p1', 'b2'),
      anEventAt(1, 'p2', 'b2'),
      anEventAt(5, 'p2', ''),
    ]
    await insert('closes', events)
    const days = { site_id: 'closes', from: '2026-02-27', to: '2026-02-28' }
    const day = { site_id: 'closes', day: '2026-02-27' }
    const answers = () =>
      Promise.all(
        [null, 'b1', 'b2', ''].flatMap((banner) => [
          countsByDayAndBanner(clickhouse, days, banner, true),
          countsByHourAndBanner(clickhouse, { ...day, starts_at: START, hours: 24 }, banner, true),
          countsUntil(clickhouse, { ...day, until: START + DAY_MS / 4 }, banner, true),
          countsUntil(clickhouse, { ...day, until: START + DAY_MS / 4 + 900_000 }, banner, true),
        ]),
      )
    const sorted = async () =>
      (await answers()).map((rows) => rows.map((row) => JSON.stringify(row)).toSorted())
    const open = await sorted()
    await closing('closes', [])
    await expectCounts('closes', events)
    expect(await sorted()).toEqual(open)
    expect(await clickhouse.rows("SELECT count() AS n FROM player_days WHERE site_id = 'closes'")).toEqual([
      { n: 0 },
    ])
    expect(
      await clickhouse.rows(
        "SELECT event_date FROM closed_days WHERE site_id = 'closes' ORDER BY event_date",
      ),
    ).toEqual([{ event_date: '2026-02-27' }, { event_date: '2026-02-28' }])
    // The same events again are counted by nobody.
    await closing('closes', events)
    await expectCounts('closes', events)
  }, 180_000)

  test('counts what comes later as a change dated then; the count as of before stays', async () => {
    const before = [anEventAt(1, 'p1', 'b1'), anEventAt(2, 'p2', 'b1')]
    await closing('late', before)
    const asOf = Date.now()
    await Bun.sleep(5)
    // A new player; and an earlier event, which moves a player to another banner.
    const after = [...before, anEventAt(2, 'p3', 'b1'), anEventAt(0, 'p1', 'b2'), ...before]
    await closing('late', after)
    await expectCounts('late', after)
    const changes = await log('late')
    await closeDays.run(clickhouse, 0)
    expect(await log('late')).toEqual(changes)
    expect(changes.filter((row) => (row as { reason: string }).reason === 'late')).toEqual([
      { reason: 'late', banner_tag: 'b1', count: -1, players: 0, events: 0 },
      { reason: 'late', banner_tag: 'b1', count: 0, players: 1, events: 1 },
      { reason: 'late', banner_tag: 'b1', count: 1, players: 0, events: 0 },
      { reason: 'late', banner_tag: 'b2', count: 0, players: 1, events: 1 },
      { reason: 'late', banner_tag: 'b2', count: 1, players: 0, events: 0 },
    ])
    const days = { site_id: 'late', from: '2026-02-27', to: '2026-02-27' }
    expect(await countsAsOf(clickhouse, days, asOf)).toEqual([
      { event_date: '2026-02-27', event_type: 'visit', banner_tag: 'b1', count: 2 },
    ])
    expect(await countsAsOf(clickhouse, days, Date.now())).toEqual([
      { event_date: '2026-02-27', event_type: 'visit', banner_tag: 'b1', count: 2 },
      { event_date: '2026-02-27', event_type: 'visit', banner_tag: 'b2', count: 1 },
    ])
    expect(await countsAsOf(clickhouse, days, START)).toEqual([])
  }, 180_000)

  test('may be killed at any statement, or run twice at once', async () => {
    const events = [anEventAt(0, 'p1', 'b1'), anEventAt(1, 'p2', 'b2')]
    for (const [index, ran] of Array.from({ length: 6 }, (_, at) => [at, at % 2 === 0] as const)) {
      const site_id = `killed${index}`
      await insert(site_id, events)
      await countDays.run(clickhouse, 0)
      await closeDays.run(dying(clickhouse, index, ran), 0).catch(() => {})
      await expectCounts(site_id, events)
    }
    await Promise.all([closeDays.run(clickhouse, 0), closeDays.run(clickhouse, 0)])
    for (let index = 0; index < 6; index += 1) await expectCounts(`killed${index}`, events)
    expect(
      await clickhouse.rows("SELECT count() AS n FROM player_days WHERE startsWith(site_id, 'killed')"),
    ).toEqual([{ n: 0 }])
  }, 180_000)

  test('leaves a day as it was counted when some of its events are gone', async () => {
    const events = [anEventAt(0, 'p1', 'b1'), anEventAt(1, 'p2', 'b2')]
    await closing('gone', events)
    await clickhouse.command(
      "ALTER TABLE events_log DELETE WHERE site_id = 'gone' SETTINGS mutations_sync = 2",
    )
    await closing('gone', [anEventAt(2, 'p3', 'b1')])
    expect(
      await clickhouse.rows("SELECT sum(count) AS count FROM daily_metrics WHERE site_id = 'gone'"),
    ).toEqual([{ count: 2 }])
  }, 180_000)

  test('comes some hours after the midnight of the site', () => {
    const day = (time_zone: string) => ({ site_id: 's', event_date: '2026-02-27', time_zone })
    const open = [day('UTC'), day('America/New_York'), day('Asia/Kolkata'), day('no such zone')]
    const zonesDue = (now: string) =>
      daysToClose(open, Date.parse(now), 48 * 3_600_000).map(({ time_zone }) => time_zone)
    expect(zonesDue('2026-03-01T18:29:59Z')).toEqual([])
    expect(zonesDue('2026-03-01T18:30:00Z')).toEqual(['Asia/Kolkata'])
    expect(zonesDue('2026-03-02T00:00:00Z')).toEqual(['UTC', 'Asia/Kolkata', 'no such zone'])
    expect(zonesDue('2026-03-02T05:00:00Z')).toHaveLength(4)
  })
})

const whoOf = (event: TestEvent) =>
  event.player_id ? `player ${event.player_id}` : `anonymous ${event.visitor_id || event.event_id}`

/** The first event of each day, type and player: the one that counts. */
function firsts(events: readonly TestEvent[]): TestEvent[] {
  const found = new Map<string, TestEvent>()
  for (const event of events) {
    const key = JSON.stringify([event.event_date, event.event_type, whoOf(event)])
    const first = found.get(key)
    if (first === undefined || comesBefore(event, first)) found.set(key, event)
  }
  return [...found.values()]
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

function tally(events: readonly TestEvent[], keyOf: (event: TestEvent) => object) {
  const counts = new Map<string, number>()
  for (const event of events) {
    const key = JSON.stringify(keyOf(event))
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return inOrder([...counts].map(([key, count]) => ({ ...(JSON.parse(key) as object), count })))
}

function totals(events: readonly TestEvent[]) {
  const keyOf = ({ event_date, event_type, banner_tag }: TestEvent) => [event_date, event_type, banner_tag]
  const credited = firsts(events)
  const keys = new Map(events.map((event) => [JSON.stringify(keyOf(event)), event]))
  return inOrder(
    [...keys].map(([key, { event_date, event_type, banner_tag }]) => {
      const of = (list: readonly TestEvent[]) => list.filter((event) => JSON.stringify(keyOf(event)) === key)
      return {
        event_date,
        event_type,
        banner_tag,
        count: of(credited).length,
        players: new Set(of(events).map(whoOf)).size,
        events: of(events).length,
      }
    }),
  )
}

const inOrder = <T extends object>(rows: readonly T[]) =>
  rows.toSorted((a, b) => (JSON.stringify(Object.values(a)) < JSON.stringify(Object.values(b)) ? -1 : 1))
