/** The edge's numbers in Prometheus' text format. Names are documented in docs/metrics.md and never renamed. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { WriteReport } from './batch/publisher.ts'
import type { RejectionReporter } from './rejections/reporter.ts'
import type { SpoolStats } from './spool/limits.ts'
import type { EdgeStats } from './stats.ts'

/** Where the numbers come from when somebody asks. */
export interface MetricSources {
  readonly stats: EdgeStats
  readonly rejections: Pick<RejectionReporter, 'unreported'>
  readonly spool: () => SpoolStats
  /** Bytes taken in and not yet durable. */
  readonly pendingBytes: () => number
  /** Whether the queue took the last batch, as far as is known. */
  readonly queueReady: () => boolean
  /** Open connections. */
  readonly connections: () => number
  /** Bytes this user may still write where the spool is. */
  readonly diskFreeBytes: () => number
}

/** Name, kind, help and the values of each metric; a function, so that nothing is computed until asked for. */
interface Metric {
  readonly name: string
  readonly kind: 'counter' | 'gauge'
  readonly help: string
  readonly values: (
    sources: MetricSources,
  ) => Iterable<readonly [labels: Record<string, string>, value: number]>
}

const one = (value: number): Iterable<readonly [Record<string, string>, number]> => [[{}, value]]
const by = (label: string, counts: ReadonlyMap<string, number>) =>
  [...counts].map(([key, value]) => [{ [label]: key }, value] as const)

const EDGE_METRICS: readonly Metric[] = [
  {
    name: 'rtpx_edge_events_accepted_total',
    kind: 'counter',
    help: 'Events made durable, by type',
    values: ({ stats }) => by('event_type', stats.accepted),
  },
  {
    name: 'rtpx_edge_events_rejected_total',
    kind: 'counter',
    help: 'Events refused, by code',
    values: ({ stats }) => by('code', stats.rejected),
  },
  {
    name: 'rtpx_edge_events_deduplicated_total',
    kind: 'counter',
    help: 'Retries of events that were durable already',
    values: ({ stats }) => one(stats.deduplicated),
  },
  {
    name: 'rtpx_edge_requests_refused_total',
    kind: 'counter',
    help: 'Requests refused before they were read as events, by code',
    values: ({ stats }) => by('code', stats.refused),
  },
  {
    name: 'rtpx_edge_connections',
    kind: 'gauge',
    help: 'Open connections',
    values: ({ connections }) => one(connections()),
  },
  {
    name: 'rtpx_edge_requests_unavailable_total',
    kind: 'counter',
    help: 'Requests answered 503, by code',
    values: ({ stats }) => by('code', stats.unavailable),
  },
  {
    name: 'rtpx_edge_accepted_bytes_total',
    kind: 'counter',
    help: 'Bytes of the events made durable',
    values: ({ stats }) => one(stats.acceptedBytes),
  },
  {
    name: 'rtpx_edge_rejections_unreported_total',
    kind: 'counter',
    help: 'Refusals not sent to events_rejected, because there were too many',
    values: ({ rejections }) => one(rejections.unreported),
  },
  {
    name: 'rtpx_edge_pending_bytes',
    kind: 'gauge',
    help: 'Bytes taken in and not yet durable',
    values: ({ pendingBytes }) => one(pendingBytes()),
  },
  {
    name: 'rtpx_edge_queue_up',
    kind: 'gauge',
    help: '1 when the queue takes batches, 0 when they go to the spool',
    values: ({ queueReady }) => one(Number(queueReady())),
  },
  {
    name: 'rtpx_edge_spool_records',
    kind: 'gauge',
    help: 'Batches in the spool that are not yet in the queue',
    values: ({ spool }) => one(spool().depthRecords),
  },
  {
    name: 'rtpx_edge_spool_bytes',
    kind: 'gauge',
    help: 'Their bytes',
    values: ({ spool }) => one(spool().depthBytes),
  },
  {
    name: 'rtpx_edge_spool_oldest_seconds',
    kind: 'gauge',
    help: 'Age of the oldest of them',
    values: ({ spool }) => one(spool().oldestAgeMs / 1000),
  },
  {
    name: 'rtpx_edge_spool_file_bytes',
    kind: 'gauge',
    help: 'Disk space the spool uses',
    values: ({ spool }) => one(spool().fileBytes),
  },
  {
    name: 'rtpx_edge_spool_quarantined_total',
    kind: 'counter',
    help: 'Batches set aside because they were damaged or refused for good',
    values: ({ spool }) => one(spool().quarantinedRecords),
  },
  {
    name: 'rtpx_edge_spool_failures_total',
    kind: 'counter',
    help: 'Disk operations of the spool that failed',
    values: ({ spool }) => one(spool().failures),
  },
  {
    name: 'rtpx_edge_disk_free_bytes',
    kind: 'gauge',
    help: 'Free space of the disk that holds the spool',
    values: ({ diskFreeBytes }) => one(diskFreeBytes()),
  },
  {
    name: 'rtpx_edge_clock_seconds',
    kind: 'gauge',
    help: 'The time by the edge’s clock, in seconds since 1970',
    values: () => one(Date.now() / 1000),
  },
  {
    name: 'rtpx_edge_resident_bytes',
    kind: 'gauge',
    help: 'Resident memory of the process',
    values: () => one(process.memoryUsage.rss()),
  },
]

/** How long writes take and how much they hold; observed as they happen. */
const HISTOGRAMS = {
  ack: {
    name: 'rtpx_edge_ack_seconds',
    help: 'From the first event of a write to its durability',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  },
  batch: {
    name: 'rtpx_edge_batch_events',
    help: 'Events of one write',
    buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000],
  },
}

/** Name, kind and meaning of every metric, for the documentation. */
export function metricNames(): { name: string; kind: string; help: string }[] {
  const histograms = Object.values(HISTOGRAMS).map(({ name, help }) => ({ name, kind: 'histogram', help }))
  return [...EDGE_METRICS.map(({ name, kind, help }) => ({ name, kind, help })), ...histograms]
}

export interface EdgeMetrics {
  readonly registry: Registry
  observe(write: WriteReport): void
}

/** A registry that reads the sources each time it is asked. @param worker label of every metric */
export function edgeMetrics(sources: MetricSources, worker: string): EdgeMetrics {
  const registry = new Registry()
  registry.setDefaultLabels({ worker })
  for (const { name, kind, help, values } of EDGE_METRICS) {
    const labelNames = ['event_type', 'code']
    if (kind === 'gauge') {
      new Gauge({
        name,
        help,
        registers: [registry],
        labelNames,
        collect() {
          for (const [labels, value] of values(sources)) this.set(labels, value)
        },
      })
    } else {
      new Counter({
        name,
        help,
        registers: [registry],
        labelNames,
        collect() {
          this.reset()
          for (const [labels, value] of values(sources)) this.inc(labels, value)
        },
      })
    }
  }
  const ack = new Histogram({ ...HISTOGRAMS.ack, registers: [registry] })
  const batch = new Histogram({ ...HISTOGRAMS.batch, registers: [registry] })
  return {
    registry,
    observe({ events, seconds, isDurable }) {
      if (!isDurable) return
      ack.observe(seconds)
      batch.observe(events)
    },
  }
}
