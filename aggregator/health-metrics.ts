/** What the aggregator saw last of the queue, of ClickHouse and of its canaries, as metrics. Names are documented and never renamed. */
import type { Flight } from '@rtpx/clickhouse/health/canary'
import { Counter, Gauge, type Registry } from 'prom-client'
import type { HealthSample } from './health.ts'

interface Sampled {
  readonly name: string
  readonly label?: string
  readonly help: string
  readonly values: (sample: HealthSample) => Iterable<readonly [label: string, value: number]>
}

const SAMPLED: readonly Sampled[] = [
  {
    name: 'rtpx_health_sampled_seconds',
    help: 'When the metrics below were taken, in seconds since 1970',
    values: ({ at }) => [['', at / 1000]],
  },
  {
    name: 'rtpx_clickhouse_up',
    help: '1 when ClickHouse answers the aggregator',
    values: ({ isClickHouseUp }) => [['', Number(isClickHouseUp)]],
  },
  {
    name: 'rtpx_kafka_up',
    help: '1 when the brokers answer the aggregator; absent without KAFKA_BROKERS',
    values: ({ isKafkaUp }) => (isKafkaUp === undefined ? [] : [['', Number(isKafkaUp)]]),
  },
  {
    name: 'rtpx_queue_lag_messages',
    label: 'topic',
    help: 'Messages that ClickHouse has not read yet, by topic; one carries many events',
    values: ({ lag }) => lag,
  },
  {
    name: 'rtpx_queue_read_partitions',
    label: 'table',
    help: 'Partitions that the asked ClickHouse server reads, by table',
    values: ({ partitions }) => partitions,
  },
  {
    name: 'rtpx_queue_read_failing',
    label: 'table',
    help: '1 for a table that could not read from the queue a moment ago',
    values: ({ readErrors }) => readErrors.map((table) => [table, 1] as const),
  },
  {
    name: 'rtpx_view_throwing',
    label: 'view',
    help: '1 for a materialized view that threw a moment ago; absent when none does',
    values: ({ viewErrors }) => viewErrors.map(({ view }) => [view, 1] as const),
  },
  {
    name: 'rtpx_clickhouse_disk_free_bytes',
    label: 'disk',
    help: 'Free space of ClickHouse’s disks',
    values: ({ disks }) => disks.map(({ name, free_bytes }) => [name, free_bytes] as const),
  },
  {
    name: 'rtpx_clickhouse_disk_bytes',
    label: 'disk',
    help: 'Size of ClickHouse’s disks',
    values: ({ disks }) => disks.map(({ name, total_bytes }) => [name, total_bytes] as const),
  },
  {
    name: 'rtpx_clickhouse_partition_parts',
    label: 'table',
    help: 'Active parts of the fullest partition of each table; at 3,000 inserts are refused',
    values: ({ parts }) => parts.map(({ table, parts: most }) => [table, most] as const),
  },
  {
    name: 'rtpx_clickhouse_table_bytes',
    label: 'table',
    help: 'Space each table takes on disk',
    values: ({ parts }) => parts.map(({ table, bytes }) => [table, bytes] as const),
  },
]

const DELAY = {
  name: 'rtpx_canary_delay_seconds',
  kind: 'gauge',
  help: 'The last canary’s way from an edge to where a query sees it, by edge',
} as const
const FAILURES = {
  name: 'rtpx_canary_failures_total',
  kind: 'counter',
  help: 'Canaries that did not get through in time, by edge',
} as const
const SEEN = {
  name: 'rtpx_canary_seen_seconds',
  kind: 'gauge',
  help: 'When the last canary of an edge had got through, in seconds since 1970',
} as const

/** Name, kind and meaning of each, for the documentation. */
export function healthMetricNames(): { name: string; kind: string; help: string }[] {
  return [
    ...SAMPLED.map(({ name, help }) => ({ name, kind: 'gauge', help })),
    ...[DELAY, FAILURES, SEEN].map(({ name, kind, help }) => ({ name, kind, help })),
  ]
}

export interface HealthMetrics {
  observeHealth(sample: HealthSample): void
  observeFlight(flight: Flight): void
}

/** @param now the clock, milliseconds since 1970 */
export function healthMetrics(registry: Registry, now: () => number): HealthMetrics {
  let last: HealthSample | undefined
  for (const { name, help, label = '', values } of SAMPLED)
    new Gauge({
      name,
      help,
      registers: [registry],
      labelNames: label === '' ? [] : [label],
      collect() {
        this.reset()
        // What was not looked at has no value, not even the 0 of a reset.
        if (label === '') this.remove()
        for (const [key, value] of last ? values(last) : [])
          this.set(label === '' ? {} : { [label]: key }, value)
      },
    })
  const options = ({ name, help }: { name: string; help: string }) => ({
    name,
    help,
    registers: [registry],
    labelNames: ['edge'],
  })
  const delay = new Gauge(options(DELAY))
  const failures = new Counter(options(FAILURES))
  const seen = new Gauge(options(SEEN))
  return {
    observeHealth(sample) {
      last = sample
    },
    observeFlight({ edge, delayMs }) {
      failures.inc({ edge }, delayMs === undefined ? 1 : 0)
      if (delayMs === undefined) return
      delay.set({ edge }, delayMs / 1000)
      seen.set({ edge }, now() / 1000)
    },
  }
}
