import { getServices } from '#lib/server/clickhouse.ts'
import { logger } from '#lib/server/log.ts'
import { readOverview } from '#lib/server/overview.ts'
import { troubleOf } from '#lib/server/trouble.ts'
import type { PageServerLoad } from './$types'

/** The overview of what the URL asks for, or why there is none; the page asks again by itself. */
export const load: PageServerLoad = async ({ url }) => {
  const services = getServices()
  const edgeUrl = services.config.EDGE_URL.replace(/\/+$/, '')
  try {
    const overview = await readOverview(services, (name) => url.searchParams.get(name), Date.now())
    return { edgeUrl, overview, trouble: null }
  } catch (error) {
    const trouble = troubleOf(error)
    if (trouble.code !== 'unknown_site') logger.warn({ err: error }, trouble.title)
    return { edgeUrl, overview: null, trouble }
  }
}
