/** `GET /api/arrivals?site=` → what came for a site in the last hour, newest first, and whether it counts. */
import { readArrivals } from '#lib/server/arrivals.ts'
import { respondJson } from '#lib/server/page.ts'
import type { RequestHandler } from './$types'

export const GET: RequestHandler = (event) => respondJson(event, 'players', readArrivals)
