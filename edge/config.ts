/** The edge's settings, read once from the environment. */
import { clickhouseVariables } from '@rtpx/clickhouse/config'
import { kafkaVariables } from '@rtpx/kafka/config'
import { metricsVariables, networkList } from '@rtpx/kafka/networks'
import { type CleanedEnv, makeValidator, num, port, str } from 'envalid'

const MIB = 1024 ** 2

/** A whole number of at least `least`. */
const atLeast = (least: number) =>
  makeValidator<number>((text) => {
    const value = Number(text)
    if (!Number.isSafeInteger(value) || value < least) throw new Error(`must be a whole number from ${least}`)
    return value
  })
const count = atLeast(1)
const countOrOff = atLeast(0)

/** The settings of an edge, with their meaning and defaults. */
export const edgeVariables = {
  ...clickhouseVariables,
  ...kafkaVariables,
  ...metricsVariables,
  EDGE_HOST: str({ default: '127.0.0.1', desc: 'Address the edge listens on' }),
  EDGE_PORT: port({ default: 8787, desc: 'Port the edge listens on' }),
  EDGE_WORKERS: count({ default: 1, desc: 'Processes that share the port, each with its own spool' }),
  QUEUE: str({
    choices: ['kafka', 'direct'],
    default: 'kafka',
    desc: 'kafka: batches go to Kafka; direct: the edge inserts them into ClickHouse',
  }),
  KAFKA_PARTITIONS: count({ default: 4, desc: 'Partitions of events_queue; the same for every edge' }),
  KAFKA_RECONNECT_MS: count({ default: 250, desc: 'Pause between attempts to reach a broker that is gone' }),
  QUEUE_TIMEOUT_MS: count({
    default: 2_000,
    desc: 'How long a send to Kafka, or an insert, may take before its events go to the spool',
  }),
  EDGE_LINGER_MS: countOrOff({ default: 5, desc: 'How long events gather for a batch under load' }),
  EDGE_MAX_WRITES: count({ default: 4, desc: 'Batches under way to Kafka at the same time' }),
  EDGE_MAX_BATCH_BYTES: count({
    default: MIB / 2,
    desc: "Bytes at which a partition's batch leaves without waiting",
  }),
  EDGE_MAX_PENDING_BYTES: count({
    default: 32 * MIB,
    desc: 'Bytes that may wait to become durable; above it the edge answers 503',
  }),
  SPOOL_MAX_BYTES: count({ default: 4096 * MIB, desc: 'Disk space of the spool of one edge worker' }),
  SPOOL_DRAIN_BYTES_PER_S: count({ default: 16 * MIB, desc: 'How fast the spool is emptied into the queue' }),
  EDGE_MAX_CONNECTIONS: count({
    default: 8_192,
    desc: 'Connections open at the same time to one edge worker',
  }),
  EDGE_MAX_CONNECTIONS_PER_ADDRESS: count({
    default: 512,
    desc: 'Of these, from one address; RATE_EXEMPT and TRUSTED_PROXIES are not limited',
  }),
  RATE_PER_ADDRESS: countOrOff({
    default: 200,
    desc: 'Events a second that one address (an IPv6 /64) may send; 0 for no limit',
  }),
  RATE_PER_ADDRESS_BURST: count({ default: 2_000, desc: 'Events one address may send at once' }),
  RATE_PER_SITE: countOrOff({
    default: 0,
    desc: 'Events a second that one site may receive; 0 for no limit',
  }),
  RATE_PER_SITE_BURST: count({ default: 100_000, desc: 'Events one site may receive at once' }),
  RATE_EXEMPT: networkList({
    default: ['127.0.0.1', '::1'],
    desc: 'Networks that RATE_PER_ADDRESS does not limit, comma-separated',
  }),
  TRUSTED_PROXIES: networkList({
    default: [],
    desc: 'Proxies whose PROXY_HEADER is believed, as addresses or networks, comma-separated',
  }),
  PROXY_HEADER: str({
    choices: ['x-forwarded-for', 'forwarded'],
    default: 'x-forwarded-for',
    desc: 'The header the proxies write; the other is never read',
  }),
  ADDRESS_KEY: str({
    default: '',
    desc: 'Secret that addresses are hashed with, the same on every edge; empty: one is made and kept in RTPX_DATA',
  }),
  GEOIP_FILE: str({ default: '', desc: 'MaxMind DB file that tells the country of an address; empty: none' }),
  SITES_POLL_MS: num({ default: 5_000, desc: 'How often the site registry is read' }),
  RTPX_DATA: str({ default: '.data', desc: 'Folder for everything rtpx keeps on this machine' }),
}

export type EdgeSettings = CleanedEnv<typeof edgeVariables>
