/** The aggregator process: runs the jobs on their schedules, and on SIGTERM or SIGINT lets the running ones finish. */
import { connectClickHouse } from '@rtpx/clickhouse/client'
import { clickhouseConnection } from '@rtpx/clickhouse/config'
import { healthClient } from '@rtpx/clickhouse/health/queue'
import { isIn, networks, readSettings, SettingsError } from '@rtpx/clickhouse/settings'
import { Cron } from 'croner'
import pino from 'pino'
import { aggregatorApp } from './app.ts'
import { aggregatorVariables } from './config.ts'
import { sampleHealth } from './health.ts'
import { type RunReport, runJob } from './job.ts'
import { scheduledJobs } from './jobs/index.ts'
import { aggregatorMetrics } from './metrics.ts'
import { startSchedule } from './schedule.ts'

function settingsOrExit() {
  try {
    return readSettings(process.env, aggregatorVariables)
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    console.error(error.message)
    process.exit(1)
  }
}

const settings = settingsOrExit()
const log = pino({ name: 'aggregator' })
const clickhouse = connectClickHouse({ ...clickhouseConnection(settings), requestTimeoutMs: 300_000 })
const lastRuns = new Map<string, RunReport>()
const metrics = aggregatorMetrics(Date.now)

const finish = startSchedule(
  scheduledJobs({ ...settings, onFlight: metrics.observeFlight }).map(({ job, schedule }) => ({
    name: job.name,
    schedule,
    run: () => runJob(job, clickhouse, Date.now),
  })),
  (report) => {
    lastRuns.set(report.job, report)
    metrics.observe(report)
    if (report.error) log.error(report, 'a job failed; it is due again at its next time')
    else if (report.rows > 0) log.info(report, 'a job wrote rows')
  },
)

const kafka = settings.KAFKA_BROKERS.length > 0 ? healthClient(settings) : undefined
// A server that does not answer is down to the alarms, long before a job gives up.
const watched = connectClickHouse({ ...clickhouseConnection(settings), requestTimeoutMs: 5_000 })
const throwing = new Set<string>()
const health = new Cron(settings.HEALTH_SCHEDULE, { protect: true }, async () => {
  const sample = await sampleHealth(watched, kafka, Date.now)
  metrics.observeHealth(sample)
  const now = new Map(sample.viewErrors.map((error) => [error.view, error]))
  for (const [view, error] of now)
    if (!throwing.has(view)) log.error(error, 'a view throws: what is behind it waits')
  throwing.clear()
  for (const view of now.keys()) throwing.add(view)
})

const metricsReaders = networks(settings.METRICS_NETWORKS)
const app = aggregatorApp({
  clickhouse,
  lastRuns,
  metrics: () => metrics.text(),
  mayReadMetrics: (address) => isIn(metricsReaders, address),
})
app.listen({ hostname: settings.AGGREGATOR_HOST, port: settings.AGGREGATOR_PORT })
log.info({ host: settings.AGGREGATOR_HOST, port: app.server?.port }, 'the aggregator listens')

async function stop(signal: string) {
  log.info({ signal }, 'stopping')
  health.stop()
  await finish()
  await app.server?.stop(true)
  await Promise.all([clickhouse.close(), watched.close()])
  process.exit(0)
}
process.once('SIGTERM', stop)
process.once('SIGINT', stop)
