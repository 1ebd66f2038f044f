/** `GET /api/funnels` with the query of the page → its funnel as the page shows them; the API's own is `/api/analytics/funnel`. */
import { watchFunnel } from '#lib/server/funnels/read.ts'
import { respondJson } from '#lib/server/page.ts'
import type { RequestHandler } from './$types'

export const GET: RequestHandler = (event) => respondJson(event, 'read', watchFunnel)
