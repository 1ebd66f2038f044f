/** What the aggregator tells about itself over HTTP. */
import type { ClickHouse } from '@rtpx/clickhouse/client'
import { Elysia } from 'elysia'
import type { RunReport } from './job.ts'

/** @param lastRuns the newest report of each job that has run since the start */
export function aggregatorApp(clickhouse: ClickHouse, lastRuns: ReadonlyMap<string, RunReport>) {
  return new Elysia().get('/health', async () => {
    const answers = await clickhouse.ping()
    const body = { status: answers ? 'ok' : 'clickhouse does not answer', jobs: [...lastRuns.values()] }
    return Response.json(body, { status: answers ? 200 : 503 })
  })
}
