/**
 * `GET /api/players?q=&segment=&sort=&limit=&after=&site=` → `{ total, stages, players, next }`; `limit=0` counts only. With `format=csv` every
 * match as a file. `segment` is JSON, as `/api/segments` has it.
 */
import { respondJson } from '#lib/server/page.ts'
import { readAsked } from '#lib/server/players/ask.ts'
import { playersCsv, readPage } from '#lib/server/players/list.ts'
import { orProblem } from '#lib/server/players/respond.ts'
import type { RequestHandler } from './$types'

export const GET: RequestHandler = (event) =>
  respondJson(event, 'players', (opened) =>
    orProblem(async () => {
      const asked = readAsked(event.url.searchParams)
      return opened.ask('format') === 'csv' ? playersCsv(opened, asked) : readPage(opened, asked)
    }),
  )
