import { DEFAULT_RETENTION, retentionOf } from '#lib/retention/spec.ts'
import { loadPage } from '#lib/server/page.ts'
import { readRetention, retentionRange } from '#lib/server/retention/read.ts'
import type { PageServerLoad } from './$types'

/** What the page is built from at once; the cohorts come after, into the space kept for them. */
export const load: PageServerLoad = async (event) => {
  const asked = retentionOf(event.url.searchParams)
  const spec = 'detail' in asked ? DEFAULT_RETENTION : asked
  const answer = await loadPage(event, 'read', (opened) =>
    Promise.resolve({ range: retentionRange(opened), today: opened.today, time_zone: opened.site.time_zone }),
  )
  return {
    ...answer,
    spec,
    unread: 'detail' in asked ? asked.detail : null,
    retention: loadPage(event, 'read', (opened) => readRetention(opened, retentionRange(opened), spec)),
  }
}
