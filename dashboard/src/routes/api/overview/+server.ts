/**
 * `GET /api/overview?range=|from=&to=&site=&by=&bots=` and any filter → the overview page's data as JSON. The open page repeats it; the
 * answer is composed once per moment for all watchers, and 304 when nothing changed.
 */
import { overviewFilters } from '#lib/breakdowns.ts'
import { readOverview } from '#lib/server/overview.ts'
import { respondJson } from '#lib/server/page.ts'
import { OPEN_MS } from '#lib/server/periods.ts'
import type { RequestHandler } from './$types'

export const GET: RequestHandler = (event) =>
  respondJson(event, 'read', (opened) => {
    const { services, caller, site, range, ask } = opened
    const question = [
      caller.banner_prefixes,
      site.site_id,
      range,
      overviewFilters(ask),
      ask('by'),
      ask('bots'),
      ask('compare'),
    ]
    return services.share(`overview ${JSON.stringify(question)}`, OPEN_MS / 2, () => readOverview(opened))
  })
