import { DEFAULT_FUNNEL, funnelOf } from '#lib/funnels/spec.ts'
import { roleMay } from '#lib/permission.ts'
import { readDropouts, readFunnel, readTypes } from '#lib/server/funnels/read.ts'
import { loadPage } from '#lib/server/page.ts'
import type { PageServerLoad } from './$types'

/** What the page is built from at once; the funnel's numbers come after, into the space kept for them. */
export const load: PageServerLoad = async (event) => {
  const asked = funnelOf(event.url.searchParams)
  const spec = 'detail' in asked ? DEFAULT_FUNNEL : asked
  const answer = await loadPage(event, 'read', async (opened) => ({
    range: opened.range,
    today: opened.today,
    time_zone: opened.site.time_zone,
    may_see_players: roleMay(opened.caller.role, 'players'),
    types: await readTypes(opened, opened.range),
  }))
  const step = Number(event.url.searchParams.get('drop'))
  return {
    ...answer,
    spec,
    unread: 'detail' in asked ? asked.detail : null,
    funnel: loadPage(event, 'read', (opened) => readFunnel(opened, opened.range, spec)),
    dropouts:
      step >= 1 && step <= spec.steps.length && answer.report?.may_see_players
        ? loadPage(event, 'players', (opened) => readDropouts(opened, opened.range, spec, step))
        : null,
  }
}
