/** `bun memory-edge.ts PORT`: the whole edge, but its batches go nowhere: what judging and batching cost. */
import { edgeApp } from '@rtpx/edge/app'
import { Publisher } from '@rtpx/edge/batch/publisher'
import { addressReader } from '@rtpx/edge/clients/address'
import { addressKeeper } from '@rtpx/edge/clients/privacy'
import { userAgentReader } from '@rtpx/edge/clients/user-agent'
import { edgeVariables } from '@rtpx/edge/config'
import type { Edge } from '@rtpx/edge/edge'
import { front, refusalAnswer } from '@rtpx/edge/front'
import { serveHttp } from '@rtpx/edge/http/server'
import { MAX_BODY_BYTES } from '@rtpx/edge/intake/read-body'
import { Gate } from '@rtpx/edge/limits/gate'
import { RecentIds } from '@rtpx/edge/limits/recent-ids'
import { RejectionReporter } from '@rtpx/edge/rejections/reporter'
import { memorySink } from '@rtpx/edge/sinks/memory-sink'
import { Directory } from '@rtpx/edge/sites/directory'
import { dayOfSite } from '@rtpx/edge/sites/local-day'
import { FRESH } from '@rtpx/edge/sites/registry'
import { EdgeStats } from '@rtpx/edge/stats'
import { networks } from '@rtpx/kafka/networks'
import { readSettings } from '@rtpx/kafka/settings'

const settings = readSettings({}, edgeVariables)
const sites = new Directory(FRESH)
const sink = memorySink(false)
const edge: Edge = {
  publisher: new Publisher(sink, {
    lingerMs: settings.EDGE_LINGER_MS,
    maxWrites: settings.EDGE_MAX_WRITES,
    maxBatchBytes: settings.EDGE_MAX_BATCH_BYTES,
    maxPendingBytes: settings.EDGE_MAX_PENDING_BYTES,
  }),
  stats: new EdgeStats(),
  rejections: new RejectionReporter({ send: async () => {}, now: Date.now, newId: Bun.randomUUIDv7 }),
  gate: new Gate({
    perAddress: { perSecond: settings.RATE_PER_ADDRESS, burst: settings.RATE_PER_ADDRESS_BURST },
    exempt: networks(settings.RATE_EXEMPT),
    now: Date.now,
  }),
  recent: new RecentIds(),
  partitions: settings.KAFKA_PARTITIONS,
  addressOf: addressReader({ proxies: settings.TRUSTED_PROXIES, header: settings.PROXY_HEADER }),
  siteOfServerKey: (key) => sites.siteOfServerKey(key),
  isReady: () => sink.ready,
  mayReadMetrics: () => false,
  onFailure: (error) => console.error(error),
  metrics: async () => '',
  judge: {
    findSite: (key, domains) => sites.find(key, domains),
    dayOf: dayOfSite(),
    describe: userAgentReader(),
    countryOf: () => undefined,
    keepAddress: addressKeeper('bench'),
    now: Date.now,
    newId: Bun.randomUUIDv7,
  },
}
serveHttp({
  hostname: '127.0.0.1',
  port: Number(process.argv[2]),
  maxBodyBytes: MAX_BODY_BYTES,
  maxConnections: settings.EDGE_MAX_CONNECTIONS,
  maxConnectionsPerAddress: settings.EDGE_MAX_CONNECTIONS,
  isExempt: () => true,
  onRequest: front(edge, edgeApp(edge)),
  refusal: refusalAnswer,
})
