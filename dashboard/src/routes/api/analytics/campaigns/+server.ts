/**
 * `GET /api/analytics/campaigns?site=&from=&to=|range=&group=&q=&sort=&currency=&limit=&after=` → what each banner brought, a row each,
 * with the total and what is beyond the page.
 */
import { campaignAnswer } from '#lib/server/campaigns/answer.ts'
import { respondJson } from '#lib/server/page.ts'
import { isProblem, problemResponse } from '#lib/server/problem.ts'
import type { RequestHandler } from './$types'

export const GET: RequestHandler = (event) =>
  respondJson(event, 'read', async (opened) => {
    const answer = await campaignAnswer(opened, event.url.searchParams)
    return isProblem(answer) ? problemResponse(answer) : answer
  })
