/** `bun run job NAME [--since 2026-01-31T00:00:00Z]`: runs one job by hand and says what it did. */
import { parseArgs } from 'node:util'
import { connectClickHouse } from '@rtpx/clickhouse/client'
import { clickhouseConnection } from '@rtpx/clickhouse/config'
import { readSettings } from '@rtpx/clickhouse/settings'
import { aggregatorVariables } from './config.ts'
import { runJob } from './job.ts'
import { scheduledJobs } from './jobs/index.ts'

function fail(message: string): never {
  console.error(message)
  process.exit(1)
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { since: { type: 'string' } } })
const settings = readSettings(process.env, aggregatorVariables)
const jobs = scheduledJobs(settings).map(({ job }) => job)
const job = jobs.find(({ name }) => name === positionals[0])
if (!job) fail(`usage: bun run job NAME [--since TIME]; jobs: ${jobs.map(({ name }) => name).join(', ')}`)
const since = values.since === undefined ? undefined : Date.parse(values.since)
if (Number.isNaN(since)) fail(`--since ${values.since}: not a time such as 2026-01-31T00:00:00Z`)

const clickhouse = connectClickHouse({ ...clickhouseConnection(settings), requestTimeoutMs: 3_600_000 })
const report = await runJob(job, clickhouse, Date.now, since)
await clickhouse.close()
if (report.error) fail(`${job.name} failed: ${report.error}`)
console.log(`${job.name}: ${report.rows} rows written in ${report.durationMs} ms`)
