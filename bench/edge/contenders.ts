/** Who is measured: each a server for `GET /visit` on the core of the servers. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { HEAP_ENVIRONMENT } from '@rtpx/edge/heap'
import { ensureTopics } from '@rtpx/kafka/admin'
import { freePort } from '@rtpx/kafka/broker/ports'
import { spawnBroker } from '@rtpx/kafka/broker/spawn'
import { kafkaClient } from '@rtpx/kafka/client'
import { topics } from '@rtpx/kafka/topics'
import type { Context } from '../bench.ts'
import { type Child, startChild, untilAnswers } from '../measure/child.ts'

/** On a machine of two cores: servers on one; load, and Kafka, on the other. */
export const SERVER_CORE = 0
export const LOAD_CORE = 1

export interface Contender {
  readonly name: string
  readonly port: number
  readonly pid: number
  /** Says what is wrong when its answers were not what they should be. */
  verify?(): Promise<string | undefined>
}

const PARTITIONS = 4
const VISIT = '/visit?player_id=p&banner_tag=b'

export async function startNginx(context: Context): Promise<Contender> {
  const port = await freePort()
  const folder = join(context.folder, 'nginx')
  mkdirSync(folder)
  const config = join(folder, 'nginx.conf')
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  await Bun.write(
    config,
    `daemon off; master_process off; pid ${folder}/pid; error_log stderr;
events { worker_connections 8192; }
http {
  access_log off; keepalive_requests 100000000;
  ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')}
  server { listen 127.0.0.1:${port} backlog=4096; location = /visit { empty_gif; } }
}
`,
  )
  return serve(context, 'nginx empty_gif', port, ['nginx', '-p', folder, '-c', config])
}

/** A server of this folder that takes its port as argument. */
export async function startBun(context: Context, name: string, file: string): Promise<Contender> {
  const port = await freePort()
  return serve(context, name, port, [process.execPath, join(import.meta.dir, file), String(port)])
}

/** The edge as it is deployed, with a broker on the other core. */
export async function startKafkaEdge(context: Context, name: string): Promise<Contender> {
  context.say('  starting Kafka')
  const broker = await context.cleanup.hold(
    () => spawnBroker({ dataDir: join(context.folder, 'kafka') }),
    (broker) => broker.stop(),
  )
  Bun.spawnSync(['taskset', '-a', '-c', '-p', String(LOAD_CORE), String(broker.pid)])
  await ensureTopics(
    kafkaClient({ brokers: [broker.brokers], clientId: 'rtpx-bench' }),
    topics(PARTITIONS, 1),
    1,
  )
  const port = await freePort()
  const contender = await serve(context, name, port, [process.execPath, '../edge/main.ts'], {
    ...HEAP_ENVIRONMENT,
    EDGE_PORT: String(port),
    QUEUE: 'kafka',
    KAFKA_BROKERS: broker.brokers,
    KAFKA_PARTITIONS: String(PARTITIONS),
    RTPX_DATA: join(context.folder, 'edge'),
    // No site registry is needed: a fresh edge takes every event.
    CLICKHOUSE_URL: 'http://127.0.0.1:1',
  })
  return { ...contender, verify: () => tookTheQueue(port) }
}

/** The edge also answers 2xx when its spool took the events: then it was not Kafka that was measured. */
async function tookTheQueue(port: number): Promise<string | undefined> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  const metricOf = (name: string) => Number(new RegExp(`^${name}(?:{.*})? (\\S+)$`, 'm').exec(text)?.[1])
  if (metricOf('rtpx_edge_queue_up') !== 1 || metricOf('rtpx_edge_spool_records') !== 0)
    return 'events went to the spool, not to Kafka'
  return undefined
}

async function serve(
  context: Context,
  name: string,
  port: number,
  command: string[],
  env: Record<string, string> = {},
): Promise<Contender> {
  const logFile = join(context.folder, `${name.replaceAll(/\W+/g, '-')}.log`)
  const absolute = command.map((part) => (part.startsWith('../') ? join(import.meta.dir, '..', part) : part))
  const child: Child = startChild({ command: absolute, core: SERVER_CORE, env, logFile }, context.cleanup)
  await untilAnswers(`http://127.0.0.1:${port}${VISIT}`, child)
  return { name, port, pid: child.pid }
}
