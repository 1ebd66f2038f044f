/** `GET /api/realtime?site=&type=&banner=&domain=&country=` → what happens now, as the page shows it. */
import { respondJson } from '#lib/server/page.ts'
import { readRealtime } from '#lib/server/realtime.ts'
import type { RequestHandler } from './$types'

export const GET: RequestHandler = (event) => respondJson(event, 'read', (opened) => readRealtime(opened))
