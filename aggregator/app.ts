/** What the aggregator tells about itself over HTTP. */
import type { ClickHouse } from '@rtpx/clickhouse/client'
import { Elysia } from 'elysia'
import { Registry } from 'prom-client'
import type { RunReport } from './job.ts'

export interface AggregatorView {
  readonly clickhouse: Pick<ClickHouse, 'ping'>
  /** The newest report of each job that has run since the start. */
  readonly lastRuns: ReadonlyMap<string, RunReport>
  /** Every metric in Prometheus' text format. */
  metrics(): Promise<string>
  /** Whether a client may read the metrics. */
  mayReadMetrics(address: string | undefined): boolean
}

export function aggregatorApp({ clickhouse, lastRuns, metrics, mayReadMetrics }: AggregatorView) {
  return new Elysia()
    .get('/health', async () => {
      const answers = await clickhouse.ping()
      const body = { status: answers ? 'ok' : 'clickhouse does not answer', jobs: [...lastRuns.values()] }
      return Response.json(body, { status: answers ? 200 : 503 })
    })
    .get('/metrics', async ({ request, server }) => {
      // For those who may not read them there is nothing here.
      if (!mayReadMetrics(server?.requestIP(request)?.address))
        return new Response('nothing is here', { status: 404 })
      return new Response(await metrics(), { headers: { 'content-type': Registry.PROMETHEUS_CONTENT_TYPE } })
    })
}
