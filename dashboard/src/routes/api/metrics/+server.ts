/** `GET /api/metrics?from=&to=&site=` → `[{ event_date, event_type, count }]`, read anew each time. */
import { dailyCounts } from '@rtpx/clickhouse/queries/metrics'
import { daysAsked } from '#lib/server/metrics-query.ts'
import { respondJson } from '#lib/server/page.ts'
import { problemResponse } from '#lib/server/problem.ts'
import type { RequestHandler } from './$types'

export const GET: RequestHandler = (event) =>
  respondJson(event, 'players', async ({ services, site, today }) => {
    const days = daysAsked(event.url.searchParams, today)
    if ('status' in days) return problemResponse(days)
    return dailyCounts(services.clickhouse, { site_id: site.site_id, ...days }, true)
  })
