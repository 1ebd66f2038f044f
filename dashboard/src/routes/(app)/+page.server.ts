import { readAnnotations } from '#lib/server/annotations.ts'
import { getServices } from '#lib/server/clickhouse.ts'
import { readOverview } from '#lib/server/overview.ts'
import { loadPage } from '#lib/server/page.ts'
import type { PageServerLoad } from './$types'

const NOTHING = { overview: null, annotations: null }

/** The overview of what the URL asks for, or why there is none; the page asks again by itself. */
export const load: PageServerLoad = async (event) => {
  const { report, trouble } = await loadPage(event, 'read', async (opened) => {
    const [overview, annotations] = await Promise.all([readOverview(opened, true), readAnnotations(opened)])
    return { overview, annotations }
  })
  return { edgeUrl: getServices().config.EDGE_URL.replace(/\/+$/, ''), ...(report ?? NOTHING), trouble }
}
