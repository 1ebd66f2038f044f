/** The edge as it is deployed, with each of its sinks; Kafka and ClickHouse stand on the core of the load. */
import { join } from 'node:path'
import { connectClickHouse } from '@rtpx/clickhouse/client'
import { ensureSchema } from '@rtpx/clickhouse/schema'
import { spawnClickHouse } from '@rtpx/clickhouse/server/spawn'
import { HEAP_ENVIRONMENT } from '@rtpx/edge/heap'
import { ensureTopics } from '@rtpx/kafka/admin'
import { freePort } from '@rtpx/kafka/broker/ports'
import { spawnBroker } from '@rtpx/kafka/broker/spawn'
import { kafkaClient } from '@rtpx/kafka/client'
import { topics } from '@rtpx/kafka/topics'
import type { Context } from '../bench.ts'
import { type Contender, LOAD_CORE, SERVER_CORE, serve } from './contenders.ts'

const PARTITIONS = 4
/** An address where nothing listens. No site registry is needed: a fresh edge takes every event. */
const NOBODY = 'http://127.0.0.1:1'

interface EdgeOptions {
  readonly env: Record<string, string>
  readonly core?: number | null
  verify?(port: number): Promise<string | undefined>
}

async function startEdge(
  context: Context,
  name: string,
  { env, core = SERVER_CORE, verify }: EdgeOptions,
): Promise<Contender> {
  const port = await freePort()
  const command = [process.execPath, '../edge/main.ts']
  const variables = {
    ...HEAP_ENVIRONMENT,
    EDGE_PORT: String(port),
    QUEUE: 'kafka',
    KAFKA_PARTITIONS: String(PARTITIONS),
    RTPX_DATA: join(context.folder, name.replaceAll(/\W+/g, '-')),
    CLICKHOUSE_URL: NOBODY,
    ...env,
  }
  const contender = await serve(context, name, port, command, variables, core)
  return { ...contender, ...(verify && { verify: () => verify(port) }) }
}

/** @returns the broker's address */
export async function startKafka(context: Context): Promise<string> {
  context.say('  starting Kafka')
  const broker = await context.cleanup.hold(
    () => spawnBroker({ dataDir: join(context.folder, 'kafka') }),
    (started) => started.stop(),
  )
  moveTo(LOAD_CORE, broker.pid)
  const client = kafkaClient({ brokers: [broker.brokers], clientId: 'rtpx-bench' })
  await ensureTopics(client, topics(PARTITIONS, 1), 1)
  return broker.brokers
}

export const kafkaEdge = (context: Context, name: string, brokers: string) =>
  startEdge(context, name, { env: { KAFKA_BROKERS: brokers }, verify: tookTheQueue })

/** So many workers on whatever core is free, the load among them. */
export const freeEdge = (context: Context, name: string, brokers: string, workers: number) =>
  startEdge(context, name, {
    env: { KAFKA_BROKERS: brokers, EDGE_WORKERS: String(workers) },
    core: null,
    // The numbers of one worker are no proof for the other: the errors of the load are.
  })

/** No broker answers, so each event is synced to disk. */
export async function spoolEdge(context: Context, name: string): Promise<Contender> {
  const env = { KAFKA_BROKERS: `127.0.0.1:${await freePort()}`, SPOOL_MAX_BYTES: String(64 * 1024 ** 3) }
  const verify = async (port: number) =>
    (await metricsOf(port))('rtpx_edge_spool_records') > 0 ? undefined : 'nothing went to the spool'
  return startEdge(context, name, { env, verify })
}

/** Without Kafka: the edge inserts its batches into ClickHouse itself. */
export async function clickhouseEdge(context: Context, name: string): Promise<Contender> {
  context.say('  starting ClickHouse')
  const server = await context.cleanup.hold(
    () => spawnClickHouse({ dataDirectory: join(context.folder, 'clickhouse') }),
    (started) => started.stop(),
  )
  moveTo(LOAD_CORE, server.pid)
  const connection = { url: server.url, username: 'default', password: '', database: 'rtpx' }
  await ensureSchema(connection, { brokers: [], consumers: 1 }, context.folder)
  const clickhouse = connectClickHouse(connection)
  context.cleanup.add(() => clickhouse.close())
  /** A row for each event that was answered: the spool, which would answer too, is empty, and ClickHouse has them all. */
  const verify = async (port: number) => {
    const metric = await metricsOf(port)
    const accepted = metric('rtpx_edge_events_accepted_total')
    const [stored] = await clickhouse.rows<{ count: string }>('SELECT count() AS count FROM events')
    const missing = accepted - Number(stored?.count)
    if (metric('rtpx_edge_spool_records') !== 0) return 'events went to the spool, not to ClickHouse'
    return missing <= 0 ? undefined : `${missing} of ${accepted} events are not in ClickHouse`
  }
  return startEdge(context, name, { env: { QUEUE: 'direct', CLICKHOUSE_URL: server.url }, verify })
}

function moveTo(core: number, pid: number): void {
  Bun.spawnSync(['taskset', '-a', '-c', '-p', String(core), String(pid)])
}

/** The edge also answers 2xx when its spool took the events: then it was not Kafka that was measured. */
async function tookTheQueue(port: number): Promise<string | undefined> {
  const metric = await metricsOf(port)
  return metric('rtpx_edge_queue_up') !== 1 || metric('rtpx_edge_spool_records') !== 0
    ? 'events went to the spool, not to Kafka'
    : undefined
}

async function metricsOf(port: number): Promise<(name: string) => number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  return (name) => Number(new RegExp(`^${name}(?:{.*})? (\\S+)$`, 'm').exec(text)?.[1])
}
