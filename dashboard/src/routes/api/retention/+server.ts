/** `GET /api/retention` with the query of the page → its cohorts as the page shows them; the API's own is `/api/analytics/retention`. */

import { respondJson } from '#lib/server/page.ts'
import { watchRetention } from '#lib/server/retention/read.ts'
import type { RequestHandler } from './$types'

export const GET: RequestHandler = (event) => respondJson(event, 'read', watchRetention)
