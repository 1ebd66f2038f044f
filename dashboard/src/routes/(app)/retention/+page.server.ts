import { addDays, startOfWeek } from '#lib/day.ts'
import type { ChosenRange } from '#lib/range.ts'
import { DEFAULT_RETENTION, retentionOf } from '#lib/retention/spec.ts'
import { loadPage, type Opened } from '#lib/server/page.ts'
import { readRetention } from '#lib/server/retention/read.ts'
import type { PageServerLoad } from './$types'

/** What the page is built from at once; the cohorts come after, into the space kept for them. */
export const load: PageServerLoad = async (event) => {
  const asked = retentionOf(event.url.searchParams)
  const spec = 'detail' in asked ? DEFAULT_RETENTION : asked
  const answer = await loadPage(event, 'read', (opened) =>
    Promise.resolve({ range: rangeOf(opened), today: opened.today, time_zone: opened.site.time_zone }),
  )
  return {
    ...answer,
    spec,
    unread: 'detail' in asked ? asked.detail : null,
    retention: loadPage(event, 'read', (opened) => readRetention(opened, rangeOf(opened), spec)),
  }
}

/** Without a choice: the last twelve weeks, since fewer tell little of who comes back. */
function rangeOf({ ask, range, today }: Opened): ChosenRange {
  if (['range', 'from', 'to'].some((name) => ask(name) !== null)) return range
  return { preset: 'custom', from: addDays(startOfWeek(today), -77), to: today }
}
