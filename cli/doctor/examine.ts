/** Everything the doctor looks at, in the order of the way of an event. Whatever is down, the rest is still looked at. */
import { type ClickHouse, connectClickHouse } from '@rtpx/clickhouse/client'
import { clickhouseConnection } from '@rtpx/clickhouse/config'
import { flyCanary } from '@rtpx/clickhouse/health/canary'
import { type Check, checkOf } from '@rtpx/clickhouse/health/check'
import { checkClickHouse } from '@rtpx/clickhouse/health/clickhouse'
import { checkEdge } from '@rtpx/clickhouse/health/edge'
import { LIMITS } from '@rtpx/clickhouse/health/limits'
import { checkMigrations } from '@rtpx/clickhouse/health/migrations'
import { checkQueue, healthClient } from '@rtpx/clickhouse/health/queue'
import { type Environment, readUpSettings } from '../config.ts'
import { runningSystem } from '../state.ts'
import { checkMachine } from './machine.ts'

const REQUEST_MS = 10_000
const CANARY_MS = 10_000

/** @param canaryMs how long a canary may take. @throws SettingsError when the settings themselves are bad */
export async function examine(environment: Environment, canaryMs = CANARY_MS): Promise<Check[]> {
  const settings = readUpSettings(environment)
  const running = runningSystem(settings.RTPX_DATA)
  const edges =
    settings.EDGE_NODES.length > 0
      ? settings.EDGE_NODES
      : [running?.urls.edge ?? `http://127.0.0.1:${settings.EDGE_PORT}`]
  const brokers = running
    ? (running.brokers?.split(',') ?? [])
    : settings.QUEUE === 'direct'
      ? []
      : settings.KAFKA_BROKERS
  const url =
    running?.urls.clickhouse ?? (settings.CLICKHOUSE_URL || `http://127.0.0.1:${settings.CLICKHOUSE_PORT}`)
  const clickhouse = connectClickHouse({
    ...clickhouseConnection({ ...settings, CLICKHOUSE_URL: url }),
    requestTimeoutMs: REQUEST_MS,
  })
  try {
    const [machine, ofEdges, ofQueue, ofClickHouse, migrations] = await Promise.all([
      checkMachine(settings, environment, running),
      Promise.all(edges.map((edge) => checkEdge(edge))),
      brokers.length > 0
        ? checkQueue(healthClient({ ...settings, KAFKA_BROKERS: brokers }), {
            partitions: running ? 1 : settings.KAFKA_PARTITIONS,
            replication: settings.KAFKA_REPLICATION,
          })
        : [],
      checkClickHouse(clickhouse, { cluster: settings.CLICKHOUSE_CLUSTER }),
      checkMigrations(clickhouse),
    ])
    const canaries = await Promise.all(edges.map((edge) => canaryCheck(clickhouse, edge, canaryMs)))
    return [...machine, ...ofEdges.flat(), ...ofQueue, ...ofClickHouse, migrations, ...canaries]
  } finally {
    await clickhouse.close()
  }
}

/** Sends a canary and follows it: the proof that the whole way works now. */
async function canaryCheck(clickhouse: ClickHouse, edge: string, patienceMs: number): Promise<Check> {
  const { ok, warn, bad } = checkOf('canary', `Canary through ${edge}`)
  const { delayMs, error } = await flyCanary(clickhouse, edge, patienceMs)
  if (delayMs === undefined)
    return bad(
      `did not get through: ${error}`,
      'what stands in its way is among the other checks; an event that was answered 2xx is kept all the same',
    )
  const words = `a query saw it after ${(delayMs / 1000).toFixed(2)} s`
  return delayMs > LIMITS.freshnessWarnMs
    ? warn(words, 'look at the lag of the queue and the load of ClickHouse')
    : ok(words)
}
