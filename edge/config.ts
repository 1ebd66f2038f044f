/** The edge's settings, read once from the environment. */
import { clickhouseVariables } from '@rtpx/clickhouse/config'
import { kafkaVariables } from '@rtpx/kafka/config'
import { num, port, str } from 'envalid'

/** The settings of an edge, with their meaning and defaults. */
export const edgeVariables = {
  ...clickhouseVariables,
  ...kafkaVariables,
  EDGE_HOST: str({ default: '127.0.0.1', desc: 'Address the edge listens on' }),
  EDGE_PORT: port({ default: 8787, desc: 'Port the edge listens on' }),
  QUEUE: str({
    choices: ['kafka', 'direct'],
    default: 'kafka',
    desc: 'kafka: batches go to Kafka; direct: the edge inserts them into ClickHouse',
  }),
  KAFKA_PARTITIONS: num({ default: 4, desc: 'Partitions of events_queue; the same for every edge' }),
  QUEUE_TIMEOUT_MS: num({
    default: 2_000,
    desc: 'How long one send to Kafka, or one insert, may take before its events go to the spool',
  }),
  KAFKA_RECONNECT_MS: num({ default: 250, desc: 'Pause between attempts to reach a broker that is gone' }),
  EDGE_LINGER_MS: num({ default: 5, desc: 'How long events gather for a batch under load' }),
  EDGE_MAX_WRITES: num({ default: 4, desc: 'Batches under way to Kafka at the same time' }),
  EDGE_MAX_BATCH_BYTES: num({
    default: 524_288,
    desc: "Bytes at which a partition's batch leaves without waiting",
  }),
  EDGE_MAX_PENDING_BYTES: num({
    default: 67_108_864,
    desc: 'Bytes that may wait to become durable; above it the edge answers 503',
  }),
  SPOOL_MAX_BYTES: num({ default: 4 * 1024 ** 3, desc: 'Disk space of the spool of one edge worker' }),
  SPOOL_DRAIN_BYTES_PER_S: num({
    default: 16 * 1024 ** 2,
    desc: 'How fast the spool is emptied into the queue',
  }),
  SITES_POLL_MS: num({ default: 5_000, desc: 'How often the site registry is read' }),
  RTPX_DATA: str({ default: '.data', desc: 'Folder for everything rtpx keeps on this machine' }),
}
