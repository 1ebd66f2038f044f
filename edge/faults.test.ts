// Nothing acknowledged is lost and each event counts once, whatever dies: a real edge under load on a real broker and a
// real ClickHouse. `bun run bench faults` runs the same drills for longer.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type Drill, type Outcome, runDrill } from './faults/drill.ts'
import {
  brokerGone,
  edgeAndBrokerGone,
  fullDisk,
  fullSpool,
  killedClickHouse,
  killedEdge,
  largeBatches,
  terminatedEdge,
} from './faults/drills.ts'
import { judgeLoad } from './faults/oracle.ts'
import { System } from './faults/system.ts'

/** Not a bar but a bound: nobody waits for minutes. */
const LONGEST_MS = 30_000

let system: System
beforeAll(async () => {
  system = await System.start()
}, 120_000)
afterAll(() => system.stop(), 180_000)

function expectNothingLost(outcome: Outcome): void {
  expect(outcome.verdict).toMatchObject({ lostInTopic: 0, lostInClickHouse: 0, countedTwice: 0 })
  expect(outcome.verdict.acknowledged).toBeGreaterThan(100)
  expect(outcome.ledger.longestMs).toBeLessThan(LONGEST_MS)
  expect(outcome.ledger.withoutRetryAfter).toBe(0)
  expect(outcome.exitCode).toBe(0)
  for (const answer of outcome.ledger.answers.keys()) expect(answer).toMatch(/^(20[02]$|503 |no answer$)/)
}

const refusals = ({ ledger }: Outcome) =>
  [...ledger.answers].reduce((sum, [answer, times]) => sum + (answer.startsWith('503') ? times : 0), 0)

/** The spool carries these: nobody is turned away, and it was really needed. */
const CARRIED: readonly Drill[] = [
  brokerGone('frozen', 5_000),
  brokerGone('killed', 1_500),
  killedClickHouse(1_000),
  largeBatches('frozen', 2_500),
]

test.each(CARRIED.map((drill) => [drill.name, drill] as const))(
  '%s: the spool carries every event',
  async (_, drill) => {
    const outcome = await runDrill(system, drill)
    expectNothingLost(outcome)
    expect(refusals(outcome)).toBe(0)
    expect(outcome.ledger.answers.has('no answer')).toBe(false)
    expect(outcome.spooledRecords).toBeGreaterThan(0)
  },
  120_000,
)

test('an edge killed under load loses nothing it acknowledged', async () => {
  expectNothingLost(await runDrill(system, killedEdge()))
}, 180_000)

test('an edge killed while the broker is gone brings its spool back', async () => {
  const outcome = await runDrill(system, edgeAndBrokerGone('frozen', 1_000))
  expectNothingLost(outcome)
  expect(outcome.spooledRecords).toBeGreaterThan(0)
}, 120_000)

test('an edge that is told to end answers what it took and leaves with 0', async () => {
  expectNothingLost(await runDrill(system, terminatedEdge()))
}, 180_000)

test('a full spool turns events away, and takes them again once it is empty', async () => {
  const outcome = await runDrill(system, fullSpool('frozen'))
  expectNothingLost(outcome)
  expect(refusals(outcome)).toBeGreaterThan(0)
}, 120_000)

test('a full disk does the same', async () => {
  const outcome = await fullDisk(system, 'frozen')
  if (!outcome) {
    expect(process.getuid?.()).not.toBe(0)
    console.warn('no tmpfs can be mounted by this user: only the quota was tested')
    return
  }
  expectNothingLost(outcome)
  expect(refusals(outcome)).toBeGreaterThan(0)
}, 120_000)

test('the oracle notices an event that is missing and a player counted too often', async () => {
  const eventType = 'killed_edge'
  const options = { kafka: system.kafka, clickhouse: system.clickhouse, eventType, catchUpMs: 0 }
  const forged = new Set([crypto.randomUUID()])
  expect(await judgeLoad({ ...options, acknowledged: forged })).toMatchObject({
    lostInTopic: 1,
    lostInClickHouse: 1,
    countedTwice: 0,
  })
  await system.clickhouse.command(
    `INSERT INTO player_days (site_id, event_date, event_type, count)
    VALUES ('default', today(), {eventType:String}, 1)`,
    { eventType },
  )
  const { countedTwice } = await judgeLoad({ ...options, acknowledged: new Set() })
  expect(countedTwice).toBe(2)
}, 180_000)
