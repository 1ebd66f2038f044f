/** The aggregator process: runs the jobs on their schedules, and on SIGTERM or SIGINT lets the running ones finish. */
import { connectClickHouse } from '@rtpx/clickhouse/client'
import { clickhouseConnection } from '@rtpx/clickhouse/config'
import { isIn, networks, readSettings, SettingsError } from '@rtpx/clickhouse/settings'
import pino from 'pino'
import { aggregatorApp } from './app.ts'
import { aggregatorVariables } from './config.ts'
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
  scheduledJobs({ ...settings }).map(({ job, schedule }) => ({
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
  await finish()
  await app.server?.stop(true)
  await clickhouse.close()
  process.exit(0)
}
process.once('SIGTERM', stop)
process.once('SIGINT', stop)
