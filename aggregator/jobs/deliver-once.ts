/** Runs the job `deliveries` once, as a process that a test can kill. Its settings are the aggregator's; `CLOCK_AHEAD_MS` moves its clock. */
import { connectClickHouse } from '@rtpx/clickhouse/client'
import { clickhouseConnection } from '@rtpx/clickhouse/config'
import { readSettings } from '@rtpx/clickhouse/settings'
import { senderOf } from '../alerts/sender.ts'
import { aggregatorVariables } from '../config.ts'
import { runJob } from '../job.ts'
import { deliveriesJob } from './deliveries.ts'

const settings = readSettings(process.env, aggregatorVariables)
const ahead = Number(process.env.CLOCK_AHEAD_MS ?? 0)
const now = () => Date.now() + ahead
const clickhouse = connectClickHouse(clickhouseConnection(settings))
const report = await runJob(deliveriesJob({ now, send: senderOf(settings, now) }), clickhouse, now)
await clickhouse.close()
console.log(JSON.stringify(report))
