import { readArrivals } from '#lib/server/arrivals.ts'
import { getServices } from '#lib/server/clickhouse.ts'
import { loadPage } from '#lib/server/page.ts'
import { checkPixel } from '#lib/server/pixel-check.ts'
import type { PageServerLoad } from './$types'

/** The chosen site, what came for it just now, and what would become of a pixel that was pasted. */
export const load: PageServerLoad = async (event) => {
  const pasted = event.url.searchParams.get('check') ?? ''
  const answer = await loadPage(event, 'players', async (opened) => {
    const [arrivals, check] = await Promise.all([
      readArrivals(opened),
      pasted ? checkPixel(opened.services, pasted, event.request.headers.get('user-agent') ?? '') : null,
    ])
    return { site: opened.site, arrivals, check }
  })
  return { edgeUrl: getServices().config.EDGE_URL.replace(/\/+$/, ''), pasted, ...answer }
}
