/**
 * `GET /api/pages?range=|from=&to=&site=&by=&bots=` and a filter by any dimension (`page=`, `source=`, …) → page analytics as the page
 * shows them. Needs `players`, for sessions cannot be narrowed to a partner's banners.
 */
import { respondJson } from '#lib/server/page.ts'
import { readPages } from '#lib/server/pages.ts'
import type { RequestHandler } from './$types'

export const GET: RequestHandler = (event) => respondJson(event, 'players', readPages)
