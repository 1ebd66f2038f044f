/**
 * Players and money equal a recomputation from the distinct events, whatever way those arrive: repeated, shuffled, split into blocks,
 * with runs of the jobs in between, some killed between two statements, and with the raw events gone half-way.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import type { ClickHouse } from '@rtpx/clickhouse/client'
import { dailyAmounts } from '@rtpx/clickhouse/queries/deposits'
import { takeUpFacts } from '@rtpx/clickhouse/queries/facts'
import { recountDay } from '@rtpx/clickhouse/recount/check'
import { dailyAmountsCheck, paymentsCheck } from '@rtpx/clickhouse/recount/deposits'
import { playersCheck } from '@rtpx/clickhouse/recount/players'
import { startMigrated, type TestClickHouse } from '@rtpx/clickhouse/testing'
import type { Event } from '@rtpx/kafka/event'
import fc from 'fast-check'
import { runJob } from '../job.ts'
import { depositsJob } from './deposits.ts'
import { modelConflicts, modelPayments, modelPlayers, modelSums } from './lifecycle-model.ts'
import { playersJob } from './players.ts'

setDefaultTimeout(120_000)
const DORMANT_AFTER_DAYS = 3
const DAY_MS = 86_400_000
const START = Date.UTC(2026, 1, 20)

let started: TestClickHouse
let clickhouse: ClickHouse
let runs = 0

beforeAll(async () => {
  started = await startMigrated()
  clickhouse = started.clickhouse
})
afterAll(() => started?.stop())

/** Sites side by side in one run: as many histories for the price of one. */
const SITES = 8
// Few instants, so that ties happen.
const when = fc.integer({ min: 0, max: 24 }).map((at) => START + at * (DAY_MS / 2))
const anEvent: fc.Arbitrary<Event> = fc
  .record({
    event_id: fc.uuid(),
    site_id: fc.integer({ min: 0, max: SITES - 1 }).map(String),
    event_type: fc.constantFrom(
      'visit',
      'page_view',
      'click',
      'registration',
      'deposit',
      'deposit',
      'purchase',
    ),
    player_id: fc.constantFrom('', '', 'p1', 'p2', "o'p3"),
    visitor_id: fc.constantFrom('', 'v1', 'v2'),
    banner_tag: fc.constantFrom('', 'b1', 'b2', 'b3'),
    occurred_at: when,
    created_at: when,
    transaction_id: fc.constantFrom('', '', 't1', 't2'),
    currency: fc.constantFrom('', 'EUR', 'BTC'),
    amount: fc.constantFrom('', '0.1', '0.20', '12345678901.05'),
  })
  .map(({ amount, ...event }) => ({
    ...event,
    ...(amount && { amount }),
    event_date: new Date(event.occurred_at).toISOString().slice(0, 10),
  }))
  .map((event) =>
    // What the contract says: these have a player.
    event.player_id === '' && ['visit', 'registration', 'deposit'].includes(event.event_type)
      ? { ...event, event_type: 'page_view' }
      : event,
  )

type Step =
  | 'players'
  | 'deposits'
  | { killed: 'players' | 'deposits'; after: number }
  | { deliver: number }
  | 'retention'
const aStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ deliver: fc.integer({ min: 1, max: 60 }) }) },
  { weight: 1, arbitrary: fc.constantFrom('players' as const, 'deposits' as const) },
  {
    weight: 1,
    arbitrary: fc.record({
      killed: fc.constantFrom('players' as const, 'deposits' as const),
      after: fc.integer({ min: 0, max: 5 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant('retention' as const) },
)
const aHistory = fc
  .uniqueArray(anEvent, { selector: ({ event_id }) => event_id, minLength: 60, maxLength: 160, size: 'max' })
  .chain((events) =>
    fc.record({
      events: fc.constant(events),
      deliveries: fc
        .array(fc.constantFrom(...events), { maxLength: 40, size: 'max' })
        .chain((again) =>
          fc.shuffledSubarray([...events, ...again], { minLength: events.length + again.length }),
        ),
      steps: fc.array(aStep, { maxLength: 8 }),
    }),
  )

// Without an overlap, so that only what changed is looked at: here a block is visible at once.
const jobs = { players: playersJob(DORMANT_AFTER_DAYS, { overlapMs: 0 }), deposits: depositsJob(0) }

/** A client whose process dies before one of its statements. */
function killedAfter(statements: number): ClickHouse {
  let left = statements
  const command: ClickHouse['command'] = async (sql, params) => {
    if (left === 0) throw new Error('killed')
    left -= 1
    return clickhouse.command(sql, params)
  }
  return { ...clickhouse, command }
}

/** Does what a step says. @returns the deliveries that are left */
async function take(step: Step, deliveries: readonly Event[]): Promise<readonly Event[]> {
  if (step === 'retention') await clickhouse.command('TRUNCATE TABLE events_log')
  else if (typeof step === 'string') await runJob(jobs[step], clickhouse, Date.now)
  else if ('killed' in step) await runJob(jobs[step.killed], killedAfter(step.after), Date.now)
  else {
    const block = deliveries.slice(0, step.deliver)
    if (block.length > 0)
      await clickhouse.insertLines(
        'events_incoming',
        block.map((event) => JSON.stringify(event)),
      )
    return deliveries.slice(step.deliver)
  }
  return deliveries
}

const storedPlayers = (site_id: string) =>
  clickhouse.rows(
    `SELECT player_id, toUnixTimestamp64Milli(first_seen) AS first_seen, toUnixTimestamp64Milli(last_event_at) AS last_event_at,
       toUnixTimestamp64Milli(registration_at) AS registration_at, toUnixTimestamp64Milli(deposit_at) AS deposit_at,
       total_deposits, amounts, stage, banner_tag, converting_banner_tag, reactivated_at
     FROM players_log FINAL WHERE site_id = {site_id:String} ORDER BY player_id`,
    { site_id },
  )

async function storedSums(site_id: string): Promise<string[]> {
  const sums = await dailyAmounts(clickhouse, { site_id, from: '2026-01-01', to: '2026-12-31' })
  return sums
    .map((s) => [s.event_date, s.event_type, s.currency, s.banner_tag, s.amount, s.count].join('|'))
    .sort()
}

async function expectAsModelled(site_id: string, events: readonly Event[]): Promise<void> {
  expect(await storedPlayers(site_id)).toEqual(modelPlayers(events, DORMANT_AFTER_DAYS))
  const payments = await clickhouse.rows(
    `SELECT payment_id, event_type, event_id, event_date, player_id, banner_tag, currency, amount FROM payments
     WHERE site_id = {site_id:String} ORDER BY event_type, payment_id`,
    { site_id },
  )
  const byId = (p: { event_type: string; payment_id: string }) => `${p.event_type} ${p.payment_id}`
  expect(payments).toEqual(modelPayments(events).sort((a, b) => (byId(a) < byId(b) ? -1 : 1)))
  expect(await storedSums(site_id)).toEqual(modelSums(events))
  const conflicts = await clickhouse.rows<{ event_type: string; payment_id: string }>(
    'SELECT event_type, payment_id FROM deposit_conflicts WHERE site_id = {site_id:String} ORDER BY ALL',
    { site_id },
  )
  expect(conflicts.map(byId).sort()).toEqual(modelConflicts(events))
}

/** Rows of a day that do not agree with the events. */
async function recount(site_id: string, event_date = '2026-02-20'): Promise<number> {
  let rows = 0
  for (const check of [paymentsCheck, dailyAmountsCheck, playersCheck])
    rows += (await recountDay(clickhouse, check, { site_id, event_date })).rows
  return rows
}

test('players, payments, conflicts and sums do not change with redelivery, order, blocks, killed runs or retention', async () => {
  await fc.assert(
    fc.asyncProperty(aHistory, async ({ events, deliveries, steps }) => {
      runs += 1
      const sited = (event: Event): Event => ({ ...event, site_id: `run${runs}site${event.site_id}` })
      let left: readonly Event[] = deliveries.map(sited)
      for (const step of steps) left = await take(step, left)
      await take({ deliver: left.length }, left)
      for (const job of [jobs.players, jobs.deposits])
        expect(await runJob(job, clickhouse, Date.now)).toMatchObject({ error: '' })
      for (const [site_id, distinct] of Map.groupBy(events.map(sited), (event) => event.site_id ?? ''))
        await expectAsModelled(site_id, distinct)
      expect(await runJob(jobs.players, clickhouse, Date.now)).toMatchObject({ error: '', rows: 0 })
      if (!steps.includes('retention')) expect(await recount(`run${runs}site0`)).toBe(0)
    }),
    { numRuns: 5, endOnFailure: true },
  )
}, 240_000)

test('folded days give the same sums as live ones, and a change opens a folded day again', async () => {
  const all = () =>
    clickhouse.rows(
      `SELECT site_id, event_date, event_type, currency, banner_tag, amount, count FROM daily_amounts ORDER BY ALL`,
    )
  const live = await all()
  expect(live.length).toBeGreaterThan(10)
  // As if a minute and a half had passed.
  await clickhouse.command(
    'ALTER TABLE payment_day_changes UPDATE changed_at = changed_at - INTERVAL 100 SECOND WHERE true SETTINGS mutations_sync = 2',
  )
  await clickhouse.command('TRUNCATE TABLE payment_day_sums')
  expect(await runJob(depositsJob(60_000), clickhouse, Date.now)).toMatchObject({ error: '' })
  expect(await clickhouse.rows('SELECT count() AS days FROM payment_open_days')).toEqual([{ days: 0 }])
  expect(await all()).toEqual(live)
  expect(await runJob(depositsJob(60_000), clickhouse, Date.now)).toMatchObject({ error: '', rows: 0 })

  const late = {
    event_id: crypto.randomUUID(),
    site_id: 'run1site1',
    event_type: 'deposit',
    player_id: 'late',
  }
  const line = {
    ...late,
    occurred_at: START,
    created_at: START,
    event_date: '2026-02-20',
    currency: 'XAU',
    amount: '7',
  }
  await clickhouse.insertLines('events_incoming', [JSON.stringify(line)])
  await takeUpFacts(clickhouse)
  expect(await clickhouse.rows('SELECT * FROM payment_open_days')).toEqual([
    { site_id: 'run1site1', event_date: '2026-02-20' },
  ])
  const changed = await all()
  expect(changed).toHaveLength(live.length + 1)
  expect(changed).toContainEqual(expect.objectContaining({ currency: 'XAU', amount: '7', count: 1 }))
})

test('the recount of a day notices a wrong payment, a wrong sum and a wrong lifecycle', async () => {
  const site_id = 'recounted'
  const event = {
    site_id,
    event_type: 'deposit',
    player_id: 'p',
    event_date: '2026-02-20',
    currency: 'EUR',
    amount: '7',
  }
  const line = (id: string) =>
    JSON.stringify({ ...event, event_id: id, occurred_at: START, created_at: START })
  await clickhouse.insertLines('events_incoming', [line(crypto.randomUUID()), line(crypto.randomUUID())])
  await runJob(jobs.players, clickhouse, Date.now)
  expect(await recount(site_id)).toBe(0)
  await clickhouse.command(
    "ALTER TABLE payment_days DELETE WHERE site_id = 'recounted' AND payment_id > (SELECT min(payment_id) FROM payment_days WHERE site_id = 'recounted') SETTINGS mutations_sync = 2",
  )
  const later = START + DAY_MS
  await clickhouse.command(
    `INSERT INTO players_log SELECT * REPLACE (fromUnixTimestamp64Milli(${later}) AS deposit_at, now64(3) + INTERVAL 1 MINUTE AS updated_at)
     FROM players_log FINAL WHERE site_id = 'recounted'`,
  )
  // One payment is missing, its sum is another (expected and stored), and so is the player's first deposit.
  expect(await recount(site_id)).toBe(1 + 2 + 2)
})
