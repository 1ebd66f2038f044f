/** `GET /api/players/{player_id}?site=&before=` → lifecycle, visitors, touches, payments, sessions, findings and a page of events. */
import { respondJson } from '#lib/server/page.ts'
import { playerOf, readPlayer } from '#lib/server/players/player.ts'
import { orProblem } from '#lib/server/players/respond.ts'
import type { RequestHandler } from './$types'

export const GET: RequestHandler = (event) =>
  respondJson(event, 'players', (opened) =>
    orProblem(() => readPlayer(opened, playerOf(event.url, event.params))),
  )
