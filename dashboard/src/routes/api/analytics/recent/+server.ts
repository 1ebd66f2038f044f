/**
 * `GET /api/analytics/recent?site=&type=&banner=&domain=&country=&limit=100` → `{ events }`: those of the last 30 minutes, the newest
 * first. Also at `/analytics/recent`. A partner sees its banners' events, without players.
 */
import { respondJson } from '#lib/server/page.ts'
import { partOf } from '#lib/server/part.ts'
import { problemResponse } from '#lib/server/problem.ts'
import { readRealtime } from '#lib/server/realtime.ts'
import type { RequestHandler } from './$types'

const MOST = 1_000

export const GET: RequestHandler = (event) =>
  respondJson(event, 'read', async (opened) => {
    const part = partOf(event.url.searchParams, { most: MOST, otherwise: 100, reach: 1 })
    if ('status' in part) return problemResponse(part)
    const { stream } = await readRealtime(opened, { limit: part.limit, streams_bots: true })
    return { events: stream }
  })
