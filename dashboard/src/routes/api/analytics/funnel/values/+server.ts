/** `GET /api/analytics/funnel/values?field=banner_tag&event_type=visit` → the most frequent values of a field, to choose from. */
import { ANY_EVENT, isFilterField } from '@rtpx/clickhouse/queries/event-conditions'
import { fieldValues } from '@rtpx/clickhouse/queries/funnels'
import { daysAsked } from '#lib/server/metrics-query.ts'
import { respondJson } from '#lib/server/page.ts'
import { badParameter, problemResponse } from '#lib/server/problem.ts'
import type { RequestHandler } from './$types'

export const GET: RequestHandler = (event) =>
  respondJson(event, 'read', async ({ services, site, caller, today, ask }) => {
    const days = daysAsked(event.url.searchParams, today)
    if ('status' in days) return problemResponse(days)
    const field = ask('field') ?? ''
    if (!isFilterField(field))
      return problemResponse(badParameter('invalid_field', 'field', 'there is no such field'))
    return fieldValues(services.clickhouse, {
      site_id: site.site_id,
      ...days,
      event_type: ask('event_type') ?? ANY_EVENT,
      field,
      banner_prefixes: caller.banner_prefixes,
    })
  })
