/** `GET /api/metrics?from=&to=&site=` → `[{ event_date, event_type, count }]`, read anew each time. */
import { dailyCounts } from '@rtpx/clickhouse/queries/metrics'
import { getServices } from '#lib/server/clickhouse.ts'
import { daysAsked } from '#lib/server/metrics-query.ts'
import { problemResponse } from '#lib/server/problem.ts'
import { troubleResponse } from '#lib/server/respond.ts'
import { findSite } from '#lib/server/sites.ts'
import { dayAt } from '#lib/time-zone.ts'

export async function GET({ url }: { url: URL }): Promise<Response> {
  try {
    const services = getServices()
    const { site } = await findSite(services, url.searchParams.get('site'))
    const days = daysAsked(url.searchParams, dayAt(Date.now(), site.time_zone))
    if ('status' in days) return problemResponse(days)
    const rows = await dailyCounts(services.clickhouse, { site_id: site.site_id, ...days })
    return Response.json(rows, { headers: { 'cache-control': 'no-store' } })
  } catch (error) {
    return troubleResponse(error)
  }
}
