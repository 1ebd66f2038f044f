/** The aggregator's numbers in Prometheus' text format. Names are documented in docs/metrics.md and never renamed. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { type HealthMetrics, healthMetricNames, healthMetrics } from './health-metrics.ts'
import type { RunReport } from './job.ts'

const RUNS = { name: 'rtpx_aggregator_runs_total', kind: 'counter', help: 'Runs of a job, by job' } as const
const FAILURES = {
  name: 'rtpx_aggregator_run_failures_total',
  kind: 'counter',
  help: 'Runs of a job that failed; it is tried again at its next time',
} as const
const ROWS = {
  name: 'rtpx_aggregator_rows_written_total',
  kind: 'counter',
  help: 'Rows that runs of a job wrote',
} as const
const SECONDS = {
  name: 'rtpx_aggregator_run_seconds',
  kind: 'histogram',
  help: 'How long runs of a job took',
} as const
const LAG = {
  name: 'rtpx_aggregator_watermark_lag_seconds',
  kind: 'gauge',
  help: 'How long ago the time is up to which a job has done its work; grows while it fails',
} as const
const FAILING = {
  name: 'rtpx_aggregator_failing',
  kind: 'gauge',
  help: '1 when the last run of a job failed, else 0',
} as const
const RESIDENT = {
  name: 'rtpx_aggregator_resident_bytes',
  kind: 'gauge',
  help: 'Resident memory of the process',
} as const

const BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900]

/** Name, kind and meaning of every metric, for the documentation. */
export function metricNames(): { name: string; kind: string; help: string }[] {
  const own = [RUNS, FAILURES, ROWS, SECONDS, LAG, FAILING, RESIDENT]
  return [...own.map(({ name, kind, help }) => ({ name, kind, help })), ...healthMetricNames()]
}

export interface AggregatorMetrics extends HealthMetrics {
  /** Every metric as text. */
  text(): Promise<string>
  /** Counts a run. */
  observe(report: RunReport): void
}

/** @param now the clock, milliseconds since 1970 */
export function aggregatorMetrics(now: () => number): AggregatorMetrics {
  const registry = new Registry()
  const registers = [registry]
  const labelNames = ['job']
  const options = ({ name, help }: { name: string; help: string }) => ({ name, help, registers, labelNames })
  const watermarks = new Map<string, number>()
  const runs = new Counter(options(RUNS))
  const failures = new Counter(options(FAILURES))
  const rows = new Counter(options(ROWS))
  const seconds = new Histogram({ ...options(SECONDS), buckets: BUCKETS })
  const failing = new Gauge(options(FAILING))
  new Gauge({
    ...options(LAG),
    collect() {
      for (const [job, watermark] of watermarks) this.set({ job }, (now() - watermark) / 1000)
    },
  })
  new Gauge({
    name: RESIDENT.name,
    help: RESIDENT.help,
    registers,
    collect() {
      this.set(process.memoryUsage.rss())
    },
  })
  return {
    ...healthMetrics(registry, now),
    text: () => registry.metrics(),
    observe({ job, rows: written, durationMs, watermark, error }) {
      runs.inc({ job })
      failures.inc({ job }, error === '' ? 0 : 1)
      rows.inc({ job }, written)
      seconds.observe({ job }, durationMs / 1000)
      failing.set({ job }, error === '' ? 0 : 1)
      // Before a job has ever done its work there is nothing to be late against.
      if (watermark > 0) watermarks.set(job, watermark)
    },
  }
}
