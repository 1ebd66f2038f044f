/** `GET /api/players/{player_id}/export?site=` → everything held of the player, as one JSON. */
import { respondJson } from '#lib/server/page.ts'
import { playerOf } from '#lib/server/players/player.ts'
import { exportResponse } from '#lib/server/players/privacy.ts'
import type { RequestHandler } from './$types'

export const GET: RequestHandler = (event) =>
  respondJson(event, 'manage', (opened) =>
    exportResponse(opened, playerOf(event.url, event.params), event.getClientAddress()),
  )
