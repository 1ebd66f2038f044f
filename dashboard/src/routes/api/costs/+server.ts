/**
 * `GET /api/costs?site=` → what campaigns cost, as entered. `POST` enters one as JSON, or the lines of a CSV (`text/csv`), all or none;
 * with `dry_run=1` a CSV is only looked at.
 */
import { jsonIn, textBody } from '#lib/server/body.ts'
import { addCost, costsOfSite, importCosts, MAX_FILE } from '#lib/server/campaigns/costs.ts'
import { respondJson } from '#lib/server/page.ts'
import { answered, isProblem } from '#lib/server/problem.ts'
import type { RequestHandler } from './$types'

export const GET: RequestHandler = (event) => respondJson(event, 'players', costsOfSite)

export const POST: RequestHandler = (event) =>
  respondJson(event, 'edit', async (opened) => {
    const body = await textBody(event.request, ['application/json', 'text/csv'], MAX_FILE)
    if (isProblem(body)) return answered(body)
    if (body.type === 'text/csv')
      return answered(await importCosts(opened, body.text, event.url.searchParams.get('dry_run') !== '1'))
    const json = jsonIn(body.text)
    return isProblem(json) ? answered(json) : answered(await addCost(opened, json.value), 201)
  })
