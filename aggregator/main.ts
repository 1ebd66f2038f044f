/** The aggregator process: runs the jobs on their schedules, and on SIGTERM or SIGINT lets the running ones finish. */
import { connectClickHouse } from '@rtpx/clickhouse/client'
import { clickhouseConnection } from '@rtpx/clickhouse/config'
import { readSettings, SettingsError } from '@rtpx/clickhouse/settings'
import { Cron } from 'croner'
import pino from 'pino'
import { aggregatorApp } from './app.ts'
import { aggregatorVariables } from './config.ts'
import { type RunReport, runJob } from './job.ts'
import { scheduledJobs } from './jobs/index.ts'

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
const running = new Set<Promise<void>>()

const crons = scheduledJobs(settings).map(({ job, schedule }) => {
  const runOnce = async () => {
    const report = await runJob(job, clickhouse, Date.now)
    lastRuns.set(job.name, report)
    if (report.error) log.error(report, 'a job failed')
    else if (report.rows > 0) log.info(report, 'a job wrote rows')
  }
  // `protect` skips a tick while the last run still works.
  return new Cron(schedule, { protect: true }, async () => {
    const run = runOnce()
    running.add(run)
    await run.finally(() => running.delete(run))
  })
})

const app = aggregatorApp(clickhouse, lastRuns)
app.listen({ hostname: settings.AGGREGATOR_HOST, port: settings.AGGREGATOR_PORT })
log.info({ host: settings.AGGREGATOR_HOST, port: app.server?.port }, 'the aggregator listens')

async function stop(signal: string) {
  log.info({ signal }, 'stopping')
  for (const cron of crons) cron.stop()
  await Promise.all(running)
  await app.server?.stop(true)
  await clickhouse.close()
  process.exit(0)
}
process.once('SIGTERM', stop)
process.once('SIGINT', stop)
