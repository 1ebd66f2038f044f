/** `GET /api/analytics/retention?site=&from=&to=&start=registration&period=week&back=deposit` → cohorts, cells and averages. */

import { retentionOf } from '#lib/retention/spec.ts'
import { respondJson } from '#lib/server/page.ts'
import { badParameter, problemResponse } from '#lib/server/problem.ts'
import { readRetention } from '#lib/server/retention/read.ts'
import type { RequestHandler } from './$types'

export const GET: RequestHandler = (event) =>
  respondJson(event, 'read', async (opened) => {
    const params = event.url.searchParams
    const days = { from: opened.range.from, to: opened.range.to }
    const spec = retentionOf(params)
    if ('detail' in spec) return problemResponse(badParameter('invalid_cohorts', spec.field, spec.detail))
    const { from, to, currency, currencies, cohorts, average, banners } = await readRetention(
      opened,
      days,
      spec,
    )
    const { start, period, back, banner } = spec
    return {
      site_id: opened.site.site_id,
      from,
      to,
      start,
      period,
      back,
      banner,
      currency,
      currencies,
      cohorts,
      average,
      banners,
    }
  })
