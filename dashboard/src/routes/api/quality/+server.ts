/** `GET /api/quality?range=|from=&to=&site=&tab=&reason=&status=&as_of=` → what the quality page shows. */
import { respondJson } from '#lib/server/page.ts'
import { readQuality } from '#lib/server/quality.ts'
import type { RequestHandler } from './$types'

export const GET: RequestHandler = (event) => respondJson(event, 'players', readQuality)
