/** `top-pages` of the API: pages with their numbers, one part after another. */
import type { PageNumbers } from '@rtpx/clickhouse/queries/pages'
import type { Opened } from './page.ts'
import { pageQuestion, readBreakdown } from './pages.ts'
import { type Part, partOf, sortOf } from './part.ts'
import type { Problem } from './problem.ts'

const ORDERS = ['visitors', 'views', 'sessions', 'entries', 'bounces', 'duration_ms'] as const
/** Pages that can be read in parts at all. */
const REACH = 10_000

export interface TopPages extends Part {
  readonly pages: readonly (PageNumbers & { readonly domain: string; readonly path: string })[]
}

/** What a request asks for, or what is wrong with it. */
export async function readTopPages(opened: Opened): Promise<TopPages | Problem> {
  const part = partOf(opened.params, { most: 1_000, otherwise: 100, reach: REACH })
  if ('status' in part) return part
  const by = sortOf(opened.params, ORDERS)
  if (typeof by !== 'string') return by
  const { rows, left_out } = await readBreakdown(opened.services.clickhouse, pageQuestion(opened), 'page', {
    limit: Math.min(part.offset + part.limit, REACH),
    by,
  })
  const pages = rows.slice(part.offset).map(({ names, ...numbers }) => ({
    domain: names.domain ?? '',
    path: names.path ?? '',
    ...numbers,
  }))
  const hasMore = left_out > 0 && part.offset + part.limit < REACH
  return { pages, next: hasMore ? part.next : null }
}
