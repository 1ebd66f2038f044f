/**
 * `bun run job NAME [--since 2026-01-31T00:00:00Z] [--repair]`: runs one job by hand and says what it did.
 * `bun run job`: lists the jobs with their last runs.
 */
import { parseArgs } from 'node:util'
import { connectClickHouse } from '@rtpx/clickhouse/client'
import { clickhouseConnection } from '@rtpx/clickhouse/config'
import { jobSummaries } from '@rtpx/clickhouse/queries/job-runs'
import { readSettings } from '@rtpx/clickhouse/settings'
import { aggregatorVariables } from './config.ts'
import { runJob } from './job.ts'
import { jobLines } from './job-lines.ts'
import { scheduledJobs } from './jobs/index.ts'

function fail(message: string): never {
  console.error(message)
  process.exit(1)
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { since: { type: 'string' }, repair: { type: 'boolean', default: false } },
})
const settings = readSettings(process.env, aggregatorVariables)
const jobs = scheduledJobs({ ...settings, repair: values.repair })
const clickhouse = connectClickHouse({ ...clickhouseConnection(settings), requestTimeoutMs: 3_600_000 })

async function runByHand(name: string): Promise<void> {
  const job = jobs.map((scheduled) => scheduled.job).find((known) => known.name === name)
  if (!job) fail(`no job ${name}; jobs: ${jobs.map((known) => known.job.name).join(', ')}`)
  const since = values.since === undefined ? undefined : Date.parse(values.since)
  if (values.repair && name !== 'recount') fail('--repair is for the job recount')
  if (Number.isNaN(since)) fail(`--since ${values.since}: not a time such as 2026-01-31T00:00:00Z`)
  const report = await runJob(job, clickhouse, Date.now, since)
  if (report.error) fail(`${job.name} failed: ${report.error}`)
  for (const line of report.lines ?? []) console.log(line)
  console.log(`${job.name}: ${report.rows} rows written in ${report.durationMs} ms`)
}

const [name] = positionals
if (name !== undefined) await runByHand(name)
else
  for (const line of jobLines(jobs, await jobSummaries(clickhouse, Date.now()), Date.now())) console.log(line)
await clickhouse.close()
