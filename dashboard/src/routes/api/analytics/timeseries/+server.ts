/**
 * `GET /api/analytics/timeseries?range=24h|today|…|from=&to=&site=` → page views, visitors and events by hour or day. Also at
 * `/analytics/timeseries`.
 */
import { respondJson } from '#lib/server/page.ts'
import { readTimeseries } from '#lib/server/timeseries.ts'
import type { RequestHandler } from './$types'

export const GET: RequestHandler = (event) => respondJson(event, 'players', readTimeseries)
