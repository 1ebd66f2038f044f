/** What runs of jobs leave behind: the diary, the metrics, the list by hand; and that two aggregators at once do no harm. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ClickHouse, connectClickHouse } from '@rtpx/clickhouse/client'
import { jobSummaries, recentRuns, watermarkOf } from '@rtpx/clickhouse/queries/job-runs'
import { ensureSchema } from '@rtpx/clickhouse/schema'
import { type SpawnedClickHouse, spawnClickHouse } from '@rtpx/clickhouse/server/spawn'
import { readSettings } from '@rtpx/clickhouse/settings'
import { Cron } from 'croner'
import { aggregatorApp } from './app.ts'
import { aggregatorVariables } from './config.ts'
import { type Job, type RunReport, runJob } from './job.ts'
import { jobLines } from './job-lines.ts'
import { scheduledJobs } from './jobs/index.ts'
import { aggregatorMetrics } from './metrics.ts'
import { startSchedule } from './schedule.ts'

let server: SpawnedClickHouse
let dataDir: string
let clickhouse: ClickHouse
const connection = () => ({ url: server.url, username: 'default', password: '', database: 'rtpx' })

beforeAll(async () => {
  server = await spawnClickHouse()
  dataDir = await mkdtemp(join(tmpdir(), 'rtpx-schedule-'))
  await ensureSchema(connection(), { brokers: [], consumers: 1 }, dataDir)
  clickhouse = connectClickHouse(connection())
}, 180_000)
afterAll(async () => {
  await clickhouse?.close()
  await server?.stop()
  await rm(dataDir, { recursive: true })
})

test('a failing job is tried again at its next time, and both are seen', async () => {
  let calls = 0
  const flaky: Job = {
    name: 'flaky',
    run: async () => {
      calls += 1
      if (calls === 1) throw new Error('no luck\nyet')
      return { watermark: 1_700_000_000_000, rows: 3 }
    },
  }
  const metrics = aggregatorMetrics(() => 1_700_000_060_000)
  const reports: RunReport[] = []
  const enough = Promise.withResolvers<void>()
  const finish = startSchedule(
    [{ name: flaky.name, schedule: '* * * * * *', run: () => runJob(flaky, clickhouse, Date.now) }],
    (report) => {
      reports.push(report)
      metrics.observe(report)
      if (reports.length === 2) enough.resolve()
    },
  )
  await enough.promise
  await finish()
  expect(reports).toMatchObject([
    { error: 'no luck\nyet', rows: 0 },
    { error: '', rows: 3 },
  ])
  const text = await metrics.text()
  // Nobody has looked yet: not even a 0 that would read as down.
  expect(text).not.toMatch(/^rtpx_(kafka|clickhouse)_up/m)
  for (const line of [
    'rtpx_aggregator_runs_total{job="flaky"} 2',
    'rtpx_aggregator_run_failures_total{job="flaky"} 1',
    'rtpx_aggregator_rows_written_total{job="flaky"} 3',
    'rtpx_aggregator_run_seconds_count{job="flaky"} 2',
    'rtpx_aggregator_watermark_lag_seconds{job="flaky"} 60',
    'rtpx_aggregator_failing{job="flaky"} 0',
  ])
    expect(text).toContain(`${line}\n`)

  const summaries = await jobSummaries(clickhouse, Date.now())
  expect(summaries).toMatchObject([
    {
      job: 'flaky',
      last_rows: 3,
      last_error: '',
      failure: 'no luck\nyet',
      watermark: 1_700_000_000_000,
      runs_24h: 2,
      failures_24h: 1,
    },
  ])
  expect(summaries[0]?.failed_at).toBeLessThan(summaries[0]?.last_finished_at ?? 0)
  expect((await recentRuns(clickhouse, 'flaky', 5)).map(({ error }) => error)).toEqual(['', 'no luck\nyet'])
  expect(await watermarkOf(clickhouse, 'flaky')).toBe(1_700_000_000_000)
  const listed = [
    { job: flaky, schedule: '* * * * * *' },
    { job: { ...flaky, name: 'idle' }, schedule: '0 0 4 * * *' },
  ]
  expect(jobLines(listed, summaries, Date.now()).join('\n')).toMatch(
    /^flaky +\* \* \* \* \* \* .* ago, \d+ ms, 3 rows +done up to \d+ d ago +24 h: 2 runs, 1 failed\nidle +0 0 4 \* \* \* +never ran/,
  )
}, 120_000)

test('every schedule is one, and a bad one is said before anything runs', () => {
  for (const { schedule } of scheduledJobs({ ...readSettings({}, aggregatorVariables) }))
    expect(new Cron(schedule, { paused: true }).nextRun()).toBeInstanceOf(Date)
  expect(() => readSettings({ PLAYERS_SCHEDULE: '3/5 * * * * *' }, aggregatorVariables)).toThrow(
    'PLAYERS_SCHEDULE',
  )
})

test('the metrics are for the owner’s networks; health is for all', async () => {
  const metrics = aggregatorMetrics(Date.now)
  const view = { clickhouse, lastRuns: new Map(), metrics: () => metrics.text() }
  const open = aggregatorApp({ ...view, mayReadMetrics: () => true })
  const closed = aggregatorApp({ ...view, mayReadMetrics: () => false })
  const answer = await open.handle(new Request('http://localhost/metrics'))
  expect(answer.headers.get('content-type')).toContain('text/plain')
  expect(await answer.text()).toContain('rtpx_aggregator_resident_bytes')
  expect((await closed.handle(new Request('http://localhost/metrics'))).status).toBe(404)
  expect((await closed.handle(new Request('http://localhost/health'))).status).toBe(200)
})

test('every job may run in two aggregators at once', async () => {
  const now = Date.now()
  const lines = Array.from({ length: 300 }, (_, index) => {
    const occurred_at = now - index * 60_000
    return JSON.stringify({
      event_id: crypto.randomUUID(),
      site_id: 'default',
      event_type: ['visit', 'registration', 'deposit', 'page_view'][index % 4],
      player_id: index % 3 === 0 ? '' : `p${index % 17}`,
      visitor_id: `v${index % 11}`,
      banner_tag: `b${index % 2}`,
      path: '/',
      ...(index % 4 === 2 ? { amount: '10.5', currency: 'EUR', transaction_id: `t${index % 29}` } : {}),
      occurred_at,
      created_at: occurred_at,
      event_date: new Date(occurred_at).toISOString().slice(0, 10),
    })
  })
  await clickhouse.insertLines('events_incoming', lines)
  const other = connectClickHouse(connection())
  const settings = { ...readSettings({}, aggregatorVariables) }
  const jobs = scheduledJobs(settings).map(({ job }) => job)
  const again = scheduledJobs(settings).map(({ job }) => job)
  const reports = await Promise.all([
    ...jobs.map((job) => runJob(job, clickhouse, Date.now)),
    ...again.map((job) => runJob(job, other, Date.now)),
  ])
  expect(reports.filter(({ error }) => error !== '')).toEqual([])
  const [sum] = await clickhouse.rows<{ days: number; players: number }>(
    `SELECT (SELECT sum(count) FROM daily_metrics WHERE event_type = 'deposit') AS days, (SELECT count() FROM players) AS players`,
  )
  const [truth] = await clickhouse.rows<{ days: number; players: number }>(
    `SELECT
       uniqExactIf((event_date, if(player_id != '', player_id, visitor_id), player_id = ''), event_type = 'deposit') AS days,
       uniqExactIf(player_id, player_id != '') AS players
     FROM events`,
  )
  expect(sum).toEqual(truth as { days: number; players: number })
  await other.close()
}, 180_000)
