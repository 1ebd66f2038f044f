/** `GET /api/arrivals?site=` → what came for a site in the last hour, newest first, and whether it counts. */
import { readArrivals } from '#lib/server/arrivals.ts'
import { getServices } from '#lib/server/clickhouse.ts'
import { troubleResponse } from '#lib/server/respond.ts'

export async function GET({ url }: { url: URL }): Promise<Response> {
  try {
    const arrivals = await readArrivals(getServices(), url.searchParams.get('site'), Date.now())
    return Response.json(arrivals, { headers: { 'cache-control': 'no-store' } })
  } catch (error) {
    return troubleResponse(error)
  }
}
