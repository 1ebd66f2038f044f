/** How many pixels a second the spool takes on one core while no broker answers. */
import { join } from 'node:path'
import { HEAP_ENVIRONMENT } from '@rtpx/edge/heap'
import { freePort } from '@rtpx/kafka/broker/ports'
import type { Context } from '../bench.ts'
import { LOAD_CORE, SERVER_CORE } from '../edge/contenders.ts'
import { load } from '../load/load.ts'
import { startChild, untilAnswers } from '../measure/child.ts'
import { type Row, row } from '../measure/row.ts'

export const SPOOL_CASE = 'edge without a broker'
const CONNECTIONS = 1_024

/** @throws when a pixel was not answered 2xx */
export async function spoolRows(context: Context): Promise<Row[]> {
  context.say('  the spool, without a broker')
  const port = await freePort()
  const env = {
    ...HEAP_ENVIRONMENT,
    EDGE_PORT: String(port),
    QUEUE: 'kafka',
    KAFKA_BROKERS: `127.0.0.1:${await freePort()}`,
    CLICKHOUSE_URL: 'http://127.0.0.1:1',
    RTPX_DATA: join(context.folder, 'spooling'),
  }
  const command = [process.execPath, join(import.meta.dir, '../../edge/main.ts')]
  const logFile = join(context.folder, 'spooling.log')
  const edge = startChild({ command, core: SERVER_CORE, env, logFile }, context.cleanup)
  await untilAnswers(`http://127.0.0.1:${port}/health`, edge)
  const options = {
    port,
    connections: CONNECTIONS,
    core: LOAD_CORE,
    logFile: join(context.folder, 'spooling-load.log'),
  }
  await load({ ...options, seconds: context.quick ? 1 : 3 }, context.cleanup)
  const { rate, p99Ms, errors } = await load({ ...options, seconds: context.quick ? 3 : 20 }, context.cleanup)
  if (errors > 0) throw new Error(`${SPOOL_CASE}: ${errors} pixels were not taken`)
  return [row('faults', SPOOL_CASE, rate, 'pixels/s'), row('faults', `${SPOOL_CASE}, p99`, p99Ms, 'ms')]
}
