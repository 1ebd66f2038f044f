/** `GET /api/search?q=&site=` → `{ hits, missing }`: what the caller may see of that name, at most six of a kind. */
import { respondJson } from '#lib/server/page.ts'
import { orProblem } from '#lib/server/players/respond.ts'
import { search } from '#lib/server/search.ts'
import type { RequestHandler } from './$types'

export const GET: RequestHandler = (event) =>
  respondJson(event, 'read', (opened) => orProblem(() => search(opened)))
