/** The player's erasures. `GET` → the receipts, newest first. `POST { confirm: player_id }` asks for one, and the aggregator carries it out. */
import { erasuresOf } from '@rtpx/clickhouse/privacy/ledger'
import { fieldsIn } from '#lib/server/body.ts'
import { respondJson } from '#lib/server/page.ts'
import { playerOf } from '#lib/server/players/player.ts'
import { askErasure } from '#lib/server/players/privacy.ts'
import { orProblem } from '#lib/server/players/respond.ts'
import type { RequestHandler } from './$types'

export const GET: RequestHandler = (event) =>
  respondJson(event, 'manage', ({ services, site }) =>
    erasuresOf(services.clickhouse, {
      site_id: site.site_id,
      player_id: playerOf(event.url, event.params),
    }),
  )

export const POST: RequestHandler = (event) =>
  respondJson(event, 'manage', (opened) =>
    orProblem(async () => {
      const body = await fieldsIn(event.request)
      const player_id = playerOf(event.url, event.params)
      return Response.json(await askErasure(opened, player_id, body, event.getClientAddress()), {
        status: 202,
      })
    }),
  )
