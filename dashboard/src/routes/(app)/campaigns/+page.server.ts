import { costsOfSite } from '#lib/server/campaigns/costs.ts'
import { campaignQuestion } from '#lib/server/campaigns/question.ts'
import { readCampaigns } from '#lib/server/campaigns/read.ts'
import { loadPage } from '#lib/server/page.ts'
import type { PageServerLoad } from './$types'

/** The campaigns of what the URL asks for, with the costs as entered where they are on show; or why there are none. */
export const load: PageServerLoad = async (event) => {
  const { report, trouble } = await loadPage(event, 'read', async (opened) => {
    const campaigns = await readCampaigns(opened, campaignQuestion(opened.ask))
    return { campaigns, costs: campaigns.payback ? await costsOfSite(opened) : [] }
  })
  return { campaigns: report?.campaigns ?? null, costs: report?.costs ?? [], trouble }
}
