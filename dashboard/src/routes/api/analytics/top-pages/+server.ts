/**
 * `GET /api/analytics/top-pages?range=|from=&to=&site=&limit=&after=&sort=-visitors` and the filters of page analytics →
 * `{ pages: [{ domain, path, views, visitors, sessions, entries, bounces, duration_ms }], next }`. Also at `/analytics/top-pages`.
 */
import { respondJson } from '#lib/server/page.ts'
import { problemResponse } from '#lib/server/problem.ts'
import { readTopPages } from '#lib/server/top-pages.ts'
import type { RequestHandler } from './$types'

export const GET: RequestHandler = (event) =>
  respondJson(event, 'players', async (opened) => {
    const answer = await readTopPages(opened)
    return 'status' in answer ? problemResponse(answer) : answer
  })
