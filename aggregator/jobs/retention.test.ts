/** Retention with two sites of different choices: what goes, what stays, and that nothing derived changes. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { ClickHouse } from '@rtpx/clickhouse/client'
import { startMigrated, type TestClickHouse } from '@rtpx/clickhouse/testing'
import { runJob } from '../job.ts'
import { closeDaysJob } from './close-days.ts'
import { countDaysJob } from './count-days.ts'
import { localDay, pagesJob } from './pages.ts'
import { type Retention, retentionJob, retentionOf } from './retention.ts'

const DAY_MS = 86_400_000
const DEFAULTS: Retention = {
  events_days: 90,
  page_minutes_hours: 24,
  page_hours_days: 30,
  sessions_days: 60,
  rejected_days: 90,
}
/** Believes at once that whatever arrived is computed. */
const job = retentionJob(DEFAULTS, 0)
const NOW = Date.now()

let started: TestClickHouse
let clickhouse: ClickHouse
let ids = 0

beforeAll(async () => {
  started = await startMigrated()
  clickhouse = started.clickhouse
})
afterAll(() => started?.stop())

function visits(site_id: string, daysAgo: number): string[] {
  return ['page_view', 'visit'].map((event_type) => {
    ids += 1
    const occurred_at = NOW - daysAgo * DAY_MS
    return JSON.stringify({
      event_id: `00000000-0000-4000-8000-${String(ids).padStart(12, '0')}`,
      site_id,
      event_type,
      player_id: 'p',
      banner_tag: 'b',
      session_id: `s${daysAgo}`,
      path: '/a',
      occurred_at,
      created_at: occurred_at,
      event_date: localDay('UTC', occurred_at),
    })
  })
}

const run = async (what = job) => {
  const report = await runJob(what, clickhouse, Date.now)
  expect(report.error).toBe('')
  return report.rows
}

/** Ages in days of what is left, by site. */
const left = async (table: string) => {
  const rows = await clickhouse.rows<{ site_id: string; ages: number[] }>(
    `SELECT site_id, arraySort(groupUniqArray(dateDiff('day', event_date, {today:Date}))) AS ages FROM ${table}
     WHERE site_id IN ('short', 'long') GROUP BY site_id ORDER BY site_id`,
    { today: localDay('UTC', NOW) },
  )
  return Object.fromEntries(rows.map(({ site_id, ages }) => [site_id, ages]))
}

const derived = () =>
  Promise.all(
    [
      'SELECT * FROM daily_metrics ORDER BY ALL',
      'SELECT * FROM event_summary ORDER BY ALL',
      'SELECT * FROM page_days ORDER BY ALL',
      'SELECT * FROM page_day_totals ORDER BY ALL',
    ].map((sql) => clickhouse.rows(sql)),
  )

describe('retention', () => {
  const AGES = [0, 1, 5, 20, 40, 70, 200]

  test('takes from each site what it no longer keeps, once everything is computed from it', async () => {
    await clickhouse.command(
      `INSERT INTO sites_log (site_id, name, settings) VALUES
         ('short', '', '{"retention":{"events_days":10,"page_hours_days":3,"sessions_days":30,"rejected_days":2}}'), ('long', '', '{}')`,
    )
    for (const age of AGES)
      await clickhouse.insertLines('events_incoming', [...visits('short', age), ...visits('long', age)])
    const rejections = [1, 5].map((age) =>
      JSON.stringify({ rejected_id: crypto.randomUUID(), rejected_at: NOW - age * DAY_MS, site_id: 'short' }),
    )
    await clickhouse.insertLines('rejected_events_log', rejections)
    // Nothing is closed or folded yet: no event may go.
    await run()
    expect(await left('events')).toEqual({ long: AGES, short: AGES })

    await run(countDaysJob())
    await run(closeDaysJob(48))
    await run(pagesJob())
    // What came a moment ago may still be on its way into what is computed.
    await run(retentionJob(DEFAULTS))
    expect(await left('events')).toEqual({ long: AGES, short: AGES })
    const before = await derived()
    expect(await run()).toBeGreaterThan(0)
    expect(await left('events')).toEqual({ long: [0, 1, 5, 20, 40, 70], short: [0, 1, 5] })
    expect(await left('page_hours')).toEqual({ long: [1, 5, 20], short: [1] })
    expect(await left('sessions')).toEqual({ long: [1, 5, 20, 40], short: [1, 5, 20] })
    expect(await clickhouse.rows('SELECT count() AS n FROM rejected_events')).toEqual([{ n: 1 }])
    expect(await derived()).toEqual(before)
  }, 180_000)

  test('a second run deletes nothing, and the other jobs leave what was computed as it is', async () => {
    const before = await derived()
    expect(await run()).toBe(0)
    await run(countDaysJob())
    await run(closeDaysJob(48))
    await run(pagesJob())
    expect(await derived()).toEqual(before)
  }, 180_000)

  test('what comes late for a day that was cut goes with the next run and changes no page day', async () => {
    const pages = await clickhouse.rows('SELECT * FROM page_days ORDER BY ALL')
    await clickhouse.insertLines('events_incoming', visits('short', 40))
    await run(pagesJob())
    expect(await left('events')).toMatchObject({ short: [0, 1, 5, 40] })
    expect(await run()).toBe(2)
    expect(await left('events')).toMatchObject({ short: [0, 1, 5] })
    expect(await clickhouse.rows('SELECT * FROM page_days ORDER BY ALL')).toEqual(pages)
  }, 180_000)

  test('a month that nobody keeps is dropped whole', async () => {
    const month = localDay('UTC', NOW - 200 * DAY_MS)
      .slice(0, 7)
      .replace('-', '')
    const parts = await clickhouse.rows(
      "SELECT 1 FROM system.parts WHERE database = currentDatabase() AND table = 'events_log' AND active AND partition = {month:String}",
      { month },
    )
    expect(parts).toEqual([])
  })
})

test('a misprint keeps what the install keeps', () => {
  const of = (retention: unknown) => retentionOf(JSON.stringify({ retention }), DEFAULTS)
  expect(of({ events_days: 30, sessions_days: 0 })).toEqual({
    ...DEFAULTS,
    events_days: 30,
    sessions_days: 0,
  })
  expect(of({ events_days: 1, page_hours_days: '3', sessions_days: -1, rejected_days: 1.5 })).toEqual(
    DEFAULTS,
  )
  expect(of(null)).toEqual(DEFAULTS)
  expect(retentionOf('not JSON', DEFAULTS)).toEqual(DEFAULTS)
  expect(retentionOf('null', DEFAULTS)).toEqual(DEFAULTS)
})
