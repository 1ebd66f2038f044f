/** The recount finds nothing where nothing is wrong, exactly what is wrong, and puts it right only when told to. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { ClickHouse } from '@rtpx/clickhouse/client'
import { eventQuartersCheck, eventTotalsCheck } from '@rtpx/clickhouse/recount/event-totals'
import { startMigrated, type TestClickHouse } from '@rtpx/clickhouse/testing'
import { runJob } from '../job.ts'
import { closeDaysJob } from './close-days.ts'
import { countDaysJob } from './count-days.ts'
import { recountJob, recountRange } from './recount.ts'

const DAY_MS = 86_400_000
const NOW = Date.now()
const OPEN = NOW - (NOW % DAY_MS)
const CLOSED = OPEN - 5 * DAY_MS
const before = [countDaysJob(), closeDaysJob(48)]
const options = { days: 7, before, pauseMs: 5, checks: [eventTotalsCheck, eventQuartersCheck] }
const look = recountJob({ ...options, repair: false })
const repair = recountJob({ ...options, repair: true })

let started: TestClickHouse
let clickhouse: ClickHouse

beforeAll(async () => {
  started = await startMigrated()
  clickhouse = started.clickhouse
}, 180_000)
afterAll(() => started?.stop())

const date = (day: number) => new Date(day).toISOString().slice(0, 10)

const event = (day: number, player_id: string, banner_tag: string, hour = 0) =>
  JSON.stringify({
    event_id: Bun.randomUUIDv7(),
    site_id: 'shop',
    event_type: 'visit',
    player_id,
    banner_tag,
    occurred_at: day + hour * 3_600_000,
    created_at: NOW,
    event_date: date(day),
  })

const counts = (day: number) =>
  clickhouse.rows(
    'SELECT banner_tag, count, players, events FROM event_totals WHERE event_date = {day:Date} ORDER BY banner_tag',
    { day: date(day) },
  )

async function recount(job = look) {
  const report = await runJob(job, clickhouse, Date.now)
  expect(report.error).toBe('')
  return report
}

test('an open and a closed day are as their events say', async () => {
  const events = [OPEN, CLOSED].flatMap((day) => [
    event(day, 'p1', 'a'),
    event(day, 'p2', 'b'),
    event(day, 'p2', 'a', 1),
  ])
  await clickhouse.insertLines('events_incoming', [...events, ...events])
  expect(await recount()).toMatchObject({ rows: 0 })
  for (const day of [OPEN, CLOSED])
    expect(await counts(day)).toEqual([
      { banner_tag: 'a', count: 1, players: 2, events: 2 },
      { banner_tag: 'b', count: 1, players: 1, events: 1 },
    ])
  expect(await clickhouse.rows('SELECT event_date FROM closed_days')).toEqual([{ event_date: date(CLOSED) }])
}, 180_000)

test('what is wrong is told exactly, and stays until a repair is asked for', async () => {
  const right = [await counts(OPEN), await counts(CLOSED)]
  // A closed day with a player too many; an open one that lost p1 and counts somebody who never was.
  await clickhouse.command(
    `INSERT INTO day_counts_log (site_id, event_date, event_type, banner_tag, quarter, recorded_at, reason, count)
     VALUES ('shop', {day:Date}, 'visit', 'a', {day:Date}, now64(3), 'close', 1)`,
    { day: date(CLOSED) },
  )
  await clickhouse.command(
    "ALTER TABLE player_days DELETE WHERE banner_tag = 'a' SETTINGS mutations_sync = 2",
  )
  await clickhouse.command(
    `INSERT INTO player_days (site_id, event_date, event_type, banner_tag, quarter, player_key, first_at, count, players, recorded_at)
     VALUES ('shop', {day:Date}, 'visit', 'c', {day:Date}, 1, {day:Date}, 1, 0, now64(3))`,
    { day: date(OPEN) },
  )
  // What was counted is out of sight of the readers' look at the newest arrivals.
  await clickhouse.command('TRUNCATE TABLE player_day_arrivals')
  const found = await recount()
  expect(found.rows).toBe(6)
  expect(
    found.lines?.some((line) =>
      line.includes('event_totals {"event_type":"visit","banner_tag":"c"}: should be no row'),
    ),
  ).toBe(true)
  expect(
    await clickhouse.rows(
      `SELECT event_date, derived, key, expected, stored, repaired FROM recount_differences
       WHERE derived = 'event_totals' ORDER BY event_date, key`,
    ),
  ).toEqual([
    {
      event_date: date(CLOSED),
      derived: 'event_totals',
      key: '{"event_type":"visit","banner_tag":"a"}',
      expected: '{"event_type":"visit","banner_tag":"a","count":"1","players":"2","events":"2"}',
      stored: '{"event_type":"visit","banner_tag":"a","count":"2","players":"2","events":"2"}',
      repaired: false,
    },
    {
      event_date: date(OPEN),
      derived: 'event_totals',
      key: '{"event_type":"visit","banner_tag":"a"}',
      expected: '{"event_type":"visit","banner_tag":"a","count":"1","players":"2","events":"2"}',
      stored: '{"event_type":"visit","banner_tag":"a","count":"0","players":"0","events":"2"}',
      repaired: false,
    },
    {
      event_date: date(OPEN),
      derived: 'event_totals',
      key: '{"event_type":"visit","banner_tag":"c"}',
      expected: '',
      stored: '{"event_type":"visit","banner_tag":"c","count":"1","players":"0","events":"0"}',
      repaired: false,
    },
  ])
  expect(await recount()).toMatchObject({ rows: 6 })
  expect(await recount(repair)).toMatchObject({ rows: 6 })
  expect(await recount()).toMatchObject({ rows: 0 })
  const shown = (rows: unknown[]) => rows.filter((row) => (row as { banner_tag: string }).banner_tag !== 'c')
  expect([shown(await counts(OPEN)), await counts(CLOSED)]).toEqual(right)
  // Whoever had been lost is known again: nobody counts twice.
  await clickhouse.insertLines('events_incoming', [event(OPEN, 'p1', 'a', 2), event(OPEN, 'p3', 'a', 2)])
  expect(await recount()).toMatchObject({ rows: 0 })
}, 120_000)

test('the days are the last ones, or those since', () => {
  const now = Date.parse('2026-03-10T12:00:00Z')
  expect(recountRange(0, now, 3)).toEqual({ from: '2026-03-07', to: '2026-03-11' })
  expect(recountRange(now - DAY_MS, now, 3)).toEqual({ from: '2026-03-07', to: '2026-03-11' })
  expect(recountRange(Date.parse('2026-01-31T00:00:00Z'), now, 3).from).toBe('2026-01-31')
})
