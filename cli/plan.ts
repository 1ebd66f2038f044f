/**
 * What `up` is going to do, decided before it starts anything: addresses, the way of an event, and the environment every
 * part gets. Parts are told everything; none falls back on a default that differs from another's.
 */
import { jarsPresent } from '@rtpx/kafka/broker/jars'
import { findJava, findMaven } from '@rtpx/kafka/broker/java'
import { bindable, freePort } from '@rtpx/kafka/broker/ports'
import type { Environment, UpSettings } from './config.ts'
import { StartError } from './start-error.ts'
import type { Urls } from './state.ts'

export interface Plan {
  readonly settings: UpSettings
  readonly queue: 'kafka' | 'direct'
  /** Brokers of the owner's; empty: the local one, or none with the direct sink. */
  readonly ownBrokers: readonly string[]
  /** Why events do not go through Kafka though nobody asked for that; one line. */
  readonly note?: string
  readonly urls: Urls
  /** The parts' environment; what is known only later (the local broker's address) is added then. */
  readonly env: Record<string, string>
}

/** @throws StartError when Kafka is forced and cannot run */
export async function makePlan(settings: UpSettings, environment: Environment): Promise<Plan> {
  const { queue, note } = await chooseQueue(settings, environment)
  const urls = {
    edge: httpUrl(settings.EDGE_HOST, settings.EDGE_PORT),
    aggregator: httpUrl(settings.AGGREGATOR_HOST, settings.AGGREGATOR_PORT),
    dashboard: httpUrl(settings.DASHBOARD_HOST, settings.DASHBOARD_PORT),
    clickhouse: settings.CLICKHOUSE_URL || httpUrl(settings.CLICKHOUSE_HOST, settings.CLICKHOUSE_PORT),
  }
  const brokers =
    settings.KAFKA_BROKERS.length > 0 ? settings.KAFKA_BROKERS : [`127.0.0.1:${settings.KAFKA_PORT}`]
  const told = {
    NODE_ENV: environment.NODE_ENV || 'production',
    ...Object.fromEntries(LISTENING.map((name) => [name, String(settings[name])])),
    RTPX_DATA: settings.RTPX_DATA,
    QUEUE: queue,
    KAFKA_BROKERS: queue === 'kafka' ? brokers.join(',') : '',
    CLICKHOUSE_URL: urls.clickhouse,
    EDGE_URL: settings.EDGE_URL || urls.edge,
    EDGE_INTERNAL_URL: urls.edge,
    EDGE_NODES: settings.EDGE_NODES.join(',') || urls.edge,
  }
  const env = Object.fromEntries(
    Object.entries({ ...environment, ...told }).filter((pair): pair is [string, string] => Boolean(pair[1])),
  )
  return { settings, queue, ownBrokers: settings.KAFKA_BROKERS, urls, env, ...(note ? { note } : {}) }
}

const LISTENING = [
  'EDGE_HOST',
  'EDGE_PORT',
  'AGGREGATOR_HOST',
  'AGGREGATOR_PORT',
  'DASHBOARD_HOST',
  'DASHBOARD_PORT',
  'CLICKHOUSE_HOST',
  'CLICKHOUSE_PORT',
] as const

/** The ports the parts of a plan listen on, with their hosts. */
export function wantedPorts({ settings, queue, ownBrokers }: Plan) {
  return [
    ['EDGE_PORT', settings.EDGE_HOST],
    ['AGGREGATOR_PORT', settings.AGGREGATOR_HOST],
    ['DASHBOARD_PORT', settings.DASHBOARD_HOST],
    ...(settings.CLICKHOUSE_URL ? [] : [['CLICKHOUSE_PORT', settings.CLICKHOUSE_HOST] as const]),
    ...(queue === 'kafka' && ownBrokers.length === 0 ? [['KAFKA_PORT', '127.0.0.1'] as const] : []),
  ] as const
}

/** @throws StartError naming every port another program has */
export async function checkPorts(plan: Plan): Promise<void> {
  const { settings } = plan
  const wanted = wantedPorts(plan)
  const taken: string[] = []
  for (const [name, host] of wanted) {
    const port = settings[name]
    const same = wanted.find(([other]) => other !== name && settings[other] === port)
    if (same) taken.push(`${name} and ${same[0]} are both ${port}`)
    else if (!(await bindable(port, host)))
      taken.push(`port ${port} on ${host} is taken by another program: stop it, or set ${name}`)
  }
  if (taken.length > 0) throw new StartError([...new Set(taken)].join('\n'))
}

/** A free port for each part, as settings. */
export async function freePorts(): Promise<Record<string, string>> {
  const names = ['KAFKA_PORT', 'CLICKHOUSE_PORT', 'EDGE_PORT', 'AGGREGATOR_PORT', 'DASHBOARD_PORT']
  const ports = new Set<number>()
  while (ports.size < names.length) ports.add(await freePort())
  return Object.fromEntries([...ports].map((port, index) => [names[index], String(port)]))
}

async function chooseQueue(
  settings: UpSettings,
  environment: Environment,
): Promise<{ queue: 'kafka' | 'direct'; note?: string }> {
  if (settings.QUEUE === 'direct') return { queue: 'direct' }
  if (settings.KAFKA_BROKERS.length > 0) return { queue: 'kafka' }
  try {
    await findJava(environment)
    if (!jarsPresent()) findMaven(environment)
    return { queue: 'kafka' }
  } catch (error) {
    const why = (error as Error).message
    if (settings.QUEUE === 'kafka') throw new StartError(`QUEUE=kafka, but ${why}; or set KAFKA_BROKERS`)
    return { queue: 'direct', note: `Without Kafka, events go straight into ClickHouse: ${why}` }
  }
}

/** How this machine reaches a server that listens on `host`. */
function httpUrl(host: string, port: number): string {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}
