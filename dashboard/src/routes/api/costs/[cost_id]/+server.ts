/** `PUT /api/costs/{cost_id}?site=` → the cost as it is now, changed or brought back. `DELETE` removes it. */
import { jsonBody } from '#lib/server/body.ts'
import { changeCost, isCostId, NO_SUCH_COST, removeCost } from '#lib/server/campaigns/costs.ts'
import { respondJson } from '#lib/server/page.ts'
import { answered, isProblem } from '#lib/server/problem.ts'
import type { RequestHandler } from './$types'

const MAX_BODY = 10_000

export const PUT: RequestHandler = (event) =>
  respondJson(event, 'edit', async (opened) => {
    if (!isCostId(event.params.cost_id)) return answered(NO_SUCH_COST)
    const body = await jsonBody(event.request, MAX_BODY)
    return answered(isProblem(body) ? body : await changeCost(opened, event.params.cost_id, body.value))
  })

export const DELETE: RequestHandler = (event) =>
  respondJson(event, 'edit', async (opened) => {
    const { cost_id } = event.params
    const wasThere = isCostId(cost_id) && (await removeCost(opened, cost_id))
    return wasThere ? new Response(null, { status: 204 }) : answered(NO_SUCH_COST)
  })
