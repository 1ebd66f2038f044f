/**
 * `GET /api/campaigns` with the query of the page → its data as JSON. The open page repeats it; the answer is composed once per moment for
 * all watchers who may see the same, and 304 when nothing changed.
 */
import { campaignQuestion } from '#lib/server/campaigns/question.ts'
import { readCampaigns } from '#lib/server/campaigns/read.ts'
import { respondJson } from '#lib/server/page.ts'
import { OPEN_MS } from '#lib/server/periods.ts'
import type { RequestHandler } from './$types'

export const GET: RequestHandler = (event) =>
  respondJson(event, 'read', (opened) => {
    const { services, caller, site, range, ask } = opened
    const question = campaignQuestion(ask)
    const key = JSON.stringify([caller.banner_prefixes, caller.role, site.site_id, range, question])
    return services.share(`campaigns ${key}`, OPEN_MS / 2, () => readCampaigns(opened, question))
  })
