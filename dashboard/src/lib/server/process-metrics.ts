/** The dashboard's numbers about itself in Prometheus' text format. Names are documented in docs/metrics.md and never renamed. */
import { isIn, networks } from '@rtpx/clickhouse/settings'
import { Gauge, Histogram, Registry } from 'prom-client'

const SECONDS = {
  name: 'rtpx_dashboard_request_seconds',
  kind: 'histogram',
  help: 'How long requests took, by route and class of status',
} as const
const RESIDENT = {
  name: 'rtpx_dashboard_resident_bytes',
  kind: 'gauge',
  help: 'Resident memory of the process',
} as const

/** Name, kind and meaning of every metric, for the documentation. */
export const metricNames = () => [SECONDS, RESIDENT].map(({ name, kind, help }) => ({ name, kind, help }))

const registry = new Registry()
const seconds = new Histogram({
  name: SECONDS.name,
  help: SECONDS.help,
  registers: [registry],
  labelNames: ['route', 'status'],
  buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
})
new Gauge({
  name: RESIDENT.name,
  help: RESIDENT.help,
  registers: [registry],
  collect() {
    this.set(process.memoryUsage().rss)
  },
})

/** Counts a request. @param route as SvelteKit names it; null where there is none */
export function observeRequest(route: string | null, status: number, tookMs: number): void {
  seconds.observe({ route: route ?? 'none', status: `${Math.floor(status / 100)}xx` }, tookMs / 1000)
}

/** The answer to who asks for the metrics; 404 for those outside `allowed`. */
export async function metricsResponse(address: string, allowed: readonly string[]): Promise<Response> {
  const plain = address.replace(/^::ffff:/, '')
  if (!isIn(networks(allowed), plain)) return new Response('nothing is here', { status: 404 })
  return new Response(await registry.metrics(), {
    headers: { 'content-type': Registry.PROMETHEUS_CONTENT_TYPE, 'cache-control': 'no-store' },
  })
}
