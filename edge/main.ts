/** The edge process: builds the parts from the settings, listens, and on SIGTERM or SIGINT drains before it leaves. */
import { resolve } from 'node:path'
import { connectClickHouse } from '@rtpx/clickhouse/client'
import { clickhouseConnection } from '@rtpx/clickhouse/config'
import { registeredSites } from '@rtpx/clickhouse/queries/sites'
import { readSettings, SettingsError } from '@rtpx/kafka/settings'
import pino from 'pino'
import { edgeApp } from './app.ts'
import { Publisher } from './batch/publisher.ts'
import { userAgentReader } from './clients/user-agent.ts'
import { edgeVariables } from './config.ts'
import type { Edge } from './edge.ts'
import { MAX_BODY_BYTES } from './intake/read-body.ts'
import { openDurableSink } from './sinks/durable-sink.ts'
import { dayOfSite } from './sites/local-day.ts'
import { Registry } from './sites/registry.ts'

/** Seconds a connection may be idle, also in the middle of a request: slow headers and bodies end here. */
const IDLE_TIMEOUT_S = 10
/** How long answers may take to leave once their events are durable, before connections are cut. */
const ANSWER_TIMEOUT_MS = 1_000

function settingsOrExit() {
  try {
    return readSettings(process.env, edgeVariables)
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    console.error(error.message)
    process.exit(1)
  }
}

const settings = settingsOrExit()
const log = pino({ name: 'edge' })
const clickhouse = connectClickHouse({ ...clickhouseConnection(settings), requestTimeoutMs: 5_000 })
const registry = new Registry({
  fetchSites: () => registeredSites(clickhouse),
  file: resolve(settings.RTPX_DATA, 'edge/sites.json'),
  onError: (error) =>
    log.warn({ error: String(error) }, 'the site registry could not be read; the last copy stays'),
})
await registry.load()
void registry.refresh()
const polling = setInterval(() => registry.refresh(), settings.SITES_POLL_MS)

const durable = await openDurableSink(settings, 'worker-0', log)
const publisher = new Publisher(durable.sink, {
  lingerMs: settings.EDGE_LINGER_MS,
  maxWrites: settings.QUEUE === 'direct' ? 1 : settings.EDGE_MAX_WRITES,
  maxBatchBytes: settings.EDGE_MAX_BATCH_BYTES,
  maxPendingBytes: settings.EDGE_MAX_PENDING_BYTES,
})
const edge: Edge = {
  publisher,
  partitions: settings.QUEUE === 'direct' ? 1 : settings.KAFKA_PARTITIONS,
  siteOfServerKey: (key) => registry.current.siteOfServerKey(key),
  isReady: () => durable.sink.ready,
  judge: {
    findSite: (key, domains) => registry.current.find(key, domains),
    dayOf: dayOfSite(),
    describe: userAgentReader(),
    now: Date.now,
    newId: Bun.randomUUIDv7,
  },
}
const app = edgeApp(edge)
app.listen({
  hostname: settings.EDGE_HOST,
  port: settings.EDGE_PORT,
  idleTimeout: IDLE_TIMEOUT_S,
  maxRequestBodySize: MAX_BODY_BYTES,
})
log.info({ host: settings.EDGE_HOST, port: app.server?.port, queue: settings.QUEUE }, 'the edge listens')

/** Takes in no more events, answers the requests whose events it has once they are durable, and leaves. */
async function stop(signal: string) {
  log.info({ signal }, 'draining')
  clearInterval(polling)
  const { server } = app
  void server?.stop()
  await publisher.close()
  const deadline = performance.now() + ANSWER_TIMEOUT_MS
  while (server && server.pendingRequests > 0 && performance.now() < deadline) await Bun.sleep(5)
  await server?.stop(true)
  await Promise.all([durable.close(), clickhouse.close()])
  process.exit(0)
}
process.once('SIGTERM', stop)
process.once('SIGINT', stop)
