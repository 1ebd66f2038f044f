/** A player's page: the timeline reads the days the player was active on and no others, and its pages are all events once. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import type { ClickHouse } from '../client.ts'
import { startMigrated, type TestClickHouse } from '../testing.ts'
import { takeUpFacts } from './facts.ts'
import { playerPayments, playerTouches, playerVisitors } from './player-page.ts'
import { playerTimeline, TIMELINE, type TimelineCursor } from './player-timeline.ts'

setDefaultTimeout(120_000)
const DAY_MS = 86_400_000
const NOW = Date.now() - 60_000
const ANNA = { site_id: 'shop', player_id: 'anna' }
const DAYS = [0, 3, 40, 41, 200]

let started: TestClickHouse
let clickhouse: ClickHouse

const event = (daysAgo: number, more: object) => {
  const occurred_at = NOW - daysAgo * DAY_MS
  return JSON.stringify({
    event_id: crypto.randomUUID(),
    site_id: 'shop',
    event_type: 'visit',
    occurred_at,
    created_at: occurred_at,
    event_date: new Date(occurred_at).toISOString().slice(0, 10),
    ...more,
  })
}

beforeAll(async () => {
  started = await startMigrated()
  clickhouse = started.clickhouse
  // Other people, every day of the year: 900,000 events among which Anna's few have to be found.
  await clickhouse.command(
    `INSERT INTO events_log (event_id, site_id, event_type, player_id, occurred_at, created_at, event_date)
     SELECT generateUUIDv4(), 'shop', 'visit', concat('p', toString(number % 5000)), at, at, toDate(at)
     FROM (SELECT number, now64(3, 'UTC') - toIntervalSecond(number * 35) AS at FROM numbers(900000))
     SETTINGS max_partitions_per_insert_block = 0`,
  )
  await clickhouse.command('OPTIMIZE TABLE events_log FINAL')
  await clickhouse.insertLines('events_incoming', [
    ...DAYS.flatMap((day) =>
      [0, 1, 2].map((n) =>
        event(day, { ...ANNA, event_type: n ? 'page_view' : 'visit', visitor_id: 'v1', banner_tag: `b${n}` }),
      ),
    ),
    event(201, { visitor_id: 'v1', banner_tag: 'before' }),
    event(0, { player_id: 'bert', visitor_id: 'v1' }),
    event(3, { ...ANNA, event_type: 'deposit', transaction_id: 't1', amount: '10', currency: 'EUR' }),
    event(2, { ...ANNA, event_type: 'deposit', transaction_id: 't1', amount: '12', currency: 'EUR' }),
    event(2, { ...ANNA, event_type: 'deposit', transaction_id: 't2' }),
    event(4, {
      player_id: 'bert',
      event_type: 'deposit',
      transaction_id: 't2',
      amount: '5',
      currency: 'USD',
    }),
  ])
  await takeUpFacts(clickhouse)
})
afterAll(() => started?.stop())

describe('the timeline', () => {
  test('is every event once, newest first, over its pages; an unnamed one of the own visitor too', async () => {
    const seen: { occurred_at: number; event_id: string }[] = []
    for (let before: TimelineCursor | undefined; ; ) {
      const page = await playerTimeline(clickhouse, { ...ANNA, visitors: ['v1'], limit: 4, before })
      seen.push(...page)
      before = page.at(-1)
      if (page.length < 4) break
    }
    expect(seen.length).toBe(DAYS.length * 3 + 1 + 3)
    expect(new Set(seen.map(({ event_id }) => event_id)).size).toBe(seen.length)
    expect(seen.map(({ occurred_at }) => occurred_at)).toEqual(
      seen.map(({ occurred_at }) => occurred_at).toSorted((a, b) => b - a),
    )
  })

  test('reads little: the primary key leaves out all but the days, and what is read is a small part', async () => {
    const day = (ago: number) => new Date(NOW - ago * DAY_MS).toISOString().slice(0, 10)
    const params = {
      ...ANNA,
      visitors: ['v1'],
      days: [day(40), day(41)],
      before_at: NOW,
      before_id: 'ffffffff-ffff-ffff-ffff-ffffffffffff',
      limit: 50,
    }
    const plan = (await clickhouse.rows<{ explain: string }>(`EXPLAIN indexes = 1 ${TIMELINE}`, params))
      .map(({ explain }) => explain)
      .join('\n')
    const granules = [...plan.matchAll(/Granules: (\d+)\/(\d+)/g)].map(([, read, all]) => ({
      read: Number(read),
      all: Number(all),
    }))
    const all = Math.max(...granules.map(({ all }) => all))
    expect(plan).toContain('PrimaryKey')
    expect(all).toBeGreaterThan(100)
    expect(granules.at(-1)?.read).toBeLessThan(8)
  })
})

describe('what else is known', () => {
  test('visitors with their owner, touches in order, payments with what contradicts them', async () => {
    expect(await playerVisitors(clickhouse, ANNA)).toMatchObject([{ visitor_id: 'v1', is_owned: true }])
    expect(await playerVisitors(clickhouse, { ...ANNA, player_id: 'bert' })).toMatchObject([
      { visitor_id: 'v1', is_owned: false },
    ])
    const touches = await playerTouches(clickhouse, ANNA, ['v1'])
    expect(
      touches.map(({ banner_tag, touches, was_anonymous }) => [banner_tag, touches, Boolean(was_anonymous)]),
    ).toEqual([
      ['before', 1, true],
      ['b0', DAYS.length, false],
      ['b1', DAYS.length, false],
      ['b2', DAYS.length, false],
    ])
    expect(await playerPayments(clickhouse, ANNA)).toMatchObject([
      { payment_id: 't1', counts: true, amount: '10', currency: 'EUR', conflicts: [{ amount: '12' }] },
      { payment_id: 't2', counts: false, amount: '5', currency: 'USD', conflicts: [{ player_id: 'anna' }] },
    ])
  })
})
