/**
 * `GET /api/analytics/kpis?range=|from=&to=&site=` → page views, visitors, sessions, visits, registrations, deposits and amounts of the
 * range, and of the period before. Also at `/analytics/summary`.
 */
import { readKpis } from '#lib/server/kpis.ts'
import { respondJson } from '#lib/server/page.ts'
import type { RequestHandler } from './$types'

export const GET: RequestHandler = (event) => respondJson(event, 'players', readKpis)
