import { readArrivals } from '#lib/server/arrivals.ts'
import { getServices } from '#lib/server/clickhouse.ts'
import { logger } from '#lib/server/log.ts'
import { checkPixel } from '#lib/server/pixel-check.ts'
import { findSite } from '#lib/server/sites.ts'
import { troubleOf } from '#lib/server/trouble.ts'
import type { PageServerLoad } from './$types'

/** The chosen site, what came for it just now, and what would become of a pixel that was pasted. */
export const load: PageServerLoad = async ({ url, request }) => {
  const services = getServices()
  const edgeUrl = services.config.EDGE_URL.replace(/\/+$/, '')
  const pasted = url.searchParams.get('check') ?? ''
  try {
    const choice = await findSite(services, url.searchParams.get('site'))
    const [arrivals, check] = await Promise.all([
      readArrivals(services, choice.site.site_id, Date.now()),
      pasted ? checkPixel(services, pasted, request.headers.get('user-agent') ?? '') : null,
    ])
    return { edgeUrl, pasted, choice, arrivals, check, trouble: null }
  } catch (error) {
    const trouble = troubleOf(error)
    if (trouble.code !== 'unknown_site') logger.warn({ err: error }, trouble.title)
    return { edgeUrl, pasted, choice: null, arrivals: null, check: null, trouble }
  }
}
