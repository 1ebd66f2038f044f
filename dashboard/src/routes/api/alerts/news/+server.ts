/** `GET /api/alerts/news` → alerts of the caller's sites that fired in the last half hour, for browser notifications. */
import { readNews } from '#lib/server/alerts/news.ts'
import { respondJson } from '#lib/server/page.ts'
import type { RequestHandler } from './$types'

export const GET: RequestHandler = (event) => respondJson(event, 'players', readNews)
