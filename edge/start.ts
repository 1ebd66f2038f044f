/** Builds an edge from its settings: every part made here, passed in where it is used, and ended in order. */
import { statfsSync } from 'node:fs'
import { resolve } from 'node:path'
import { connectClickHouse } from '@rtpx/clickhouse/client'
import { clickhouseConnection } from '@rtpx/clickhouse/config'
import { registeredSites } from '@rtpx/clickhouse/queries/sites'
import { isIn, networks } from '@rtpx/kafka/networks'
import type { Logger } from 'pino'
import { edgeApp } from './app.ts'
import { Publisher } from './batch/publisher.ts'
import { addressReader, plainAddress } from './clients/address.ts'
import type { EdgeSettings } from './config.ts'
import type { Edge } from './edge.ts'
import { front, refusalAnswer } from './front.ts'
import { serveHttp } from './http/server.ts'
import { MAX_BODY_BYTES } from './intake/read-body.ts'
import { buildJudge } from './judge.ts'
import { Gate } from './limits/gate.ts'
import { RecentIds } from './limits/recent-ids.ts'
import { edgeMetrics } from './metrics.ts'
import { RejectionReporter } from './rejections/reporter.ts'
import { openDurableSink } from './sinks/durable-sink.ts'
import { Registry } from './sites/registry.ts'
import { siteOfRow } from './sites/site.ts'
import { EdgeStats } from './stats.ts'

/** How long answers may take to leave once their events are durable, before connections are cut. */
const ANSWER_TIMEOUT_MS = 1_000
const REJECTIONS_MS = 1_000

export interface RunningEdge {
  readonly port: number
  /** This worker's metrics, as prom-client's JSON. */
  metricsJson(): Promise<object[]>
  /** Takes in no more events, answers the requests whose events it has once they are durable, and ends every part. */
  stop(): Promise<void>
}

/**
 * @param worker index of this process among the edge's workers
 * @param allMetrics the metrics of every worker as text; this worker's own when absent
 */
export async function startEdge(
  settings: EdgeSettings,
  worker: number,
  log: Logger,
  allMetrics?: () => Promise<string>,
): Promise<RunningEdge> {
  const clickhouse = connectClickHouse({ ...clickhouseConnection(settings), requestTimeoutMs: 5_000 })
  const registry = new Registry({
    fetchSites: async () => (await registeredSites(clickhouse)).map(siteOfRow),
    file: resolve(settings.RTPX_DATA, `edge/worker-${worker}/sites.json`),
    onError: (error) =>
      log.warn({ error: String(error) }, 'the site registry could not be read; the last copy stays'),
  })
  await registry.load()
  const judge = await buildJudge(settings, () => registry.current)
  const durable = await openDurableSink(settings, worker, log)
  const stats = new EdgeStats()
  const rejections = new RejectionReporter({
    send: durable.sendRejected,
    now: Date.now,
    newId: Bun.randomUUIDv7,
  })
  const metrics = edgeMetrics(
    {
      stats,
      rejections,
      spool: () => durable.spool.stats(),
      pendingBytes: () => publisher.pendingBytes,
      queueReady: durable.isQueueReady,
      connections: () => server.connections,
      diskFreeBytes: () => {
        const { bavail, bsize } = statfsSync(settings.RTPX_DATA)
        return bavail * bsize
      },
    },
    String(worker),
  )
  const publisher = new Publisher(
    durable.sink,
    {
      lingerMs: settings.EDGE_LINGER_MS,
      maxWrites: settings.QUEUE === 'direct' ? 1 : settings.EDGE_MAX_WRITES,
      maxBatchBytes: settings.EDGE_MAX_BATCH_BYTES,
      maxPendingBytes: settings.EDGE_MAX_PENDING_BYTES,
    },
    (write) => {
      if (write.isDurable) stats.acceptedBytes += write.bytes
      metrics.observe(write)
    },
  )
  const metricsReaders = networks(settings.METRICS_NETWORKS)
  const edge: Edge = {
    judge,
    publisher,
    rejections,
    stats,
    gate: buildGate(settings),
    recent: new RecentIds(),
    partitions: settings.KAFKA_PARTITIONS,
    addressOf: addressReader({ proxies: settings.TRUSTED_PROXIES, header: settings.PROXY_HEADER }),
    siteOfServerKey: (key) => registry.current.siteOfServerKey(key),
    isReady: () => durable.sink.ready,
    mayReadMetrics: (address) => isIn(metricsReaders, address),
    onFailure: (error) => log.error({ err: error }, 'a request failed'),
    metrics: allMetrics ?? (() => metrics.registry.metrics()),
  }
  const unlimited = networks([...settings.RATE_EXEMPT, ...settings.TRUSTED_PROXIES])
  const server = serveHttp({
    hostname: settings.EDGE_HOST,
    port: settings.EDGE_PORT,
    reusePort: settings.EDGE_WORKERS > 1,
    maxBodyBytes: MAX_BODY_BYTES,
    maxConnections: settings.EDGE_MAX_CONNECTIONS,
    maxConnectionsPerAddress: settings.EDGE_MAX_CONNECTIONS_PER_ADDRESS,
    isExempt: (address) => isIn(unlimited, plainAddress(address)),
    onRequest: front(edge, edgeApp(edge)),
    refusal: (refusal) => {
      stats.refuse(refusal.code)
      return refusalAnswer(refusal)
    },
  })
  void registry.refresh()
  const timers = [
    setInterval(() => registry.refresh(), settings.SITES_POLL_MS),
    setInterval(() => rejections.flush(), REJECTIONS_MS),
  ]
  return {
    port: server.port,
    metricsJson: () => metrics.registry.getMetricsAsJSON(),
    async stop() {
      for (const timer of timers) clearInterval(timer)
      server.retire()
      await publisher.close()
      await server.stop(ANSWER_TIMEOUT_MS)
      await rejections.flush()
      await Promise.all([durable.close(), clickhouse.close()])
    },
  }
}

function buildGate(settings: EdgeSettings): Gate {
  const rate = (perSecond: number, burst: number) => (perSecond === 0 ? undefined : { perSecond, burst })
  return new Gate({
    perAddress: rate(settings.RATE_PER_ADDRESS, settings.RATE_PER_ADDRESS_BURST),
    perSite: rate(settings.RATE_PER_SITE, settings.RATE_PER_SITE_BURST),
    exempt: networks(settings.RATE_EXEMPT),
    now: Date.now,
  })
}
