/** The key figures of a range, beside those of the period before: the cards of the overview and of the pages in one answer. */
import { pageTotals } from '@rtpx/clickhouse/queries/pages'
import type { Counts } from '#lib/metric.ts'
import { readOverview } from './overview.ts'
import type { Opened } from './page.ts'
import { pageQuestion } from './pages.ts'

interface PageKpis {
  readonly page_views: number
  readonly visitors: number
  readonly sessions: number
  /** Sessions of one page view, as a share of those that began in the range; null without any. */
  readonly bounce_rate: number | null
  /** Milliseconds of an average session; null without any. */
  readonly session_ms: number | null
}

interface CampaignKpis {
  /** Players, each once a day. */
  readonly visits: number
  readonly registrations: number
  readonly deposits: number
  /** Registrations a visit, deposits a registration; null where there is nothing to divide by. */
  readonly visit_to_registration: number | null
  readonly registration_to_deposit: number | null
  /** Exact, as text. */
  readonly deposited: readonly { readonly currency: string; readonly amount: string }[]
}

export interface Kpis {
  readonly site_id: string
  readonly from: string
  readonly to: string
  readonly now: PageKpis & CampaignKpis
  /**
   * The period before, as far as the range has come; of page views only when the range is over, since visitors of a part of a day are
   * not kept.
   */
  readonly before: { readonly from: string; readonly to: string } & CampaignKpis & (PageKpis | object)
}

/** What a URL asks for: `range=` or `from=&to=`, `site=`, and the filters of the overview. */
export async function readKpis(opened: Opened): Promise<Kpis> {
  const { services, site, range, today } = opened
  const question = pageQuestion(opened)
  const overview = await readOverview(opened)
  const { previous, totals, amounts } = overview
  const isOver = range.to < today
  const [pages, pagesBefore] = await Promise.all([
    pageTotals(services.clickhouse, question),
    isOver ? pageTotals(services.clickhouse, { ...question, range: previous }) : undefined,
  ])
  const deposited = (of: 'now' | 'before') =>
    amounts.map((amount) => ({ currency: amount.currency, amount: amount[of] }))
  return {
    site_id: site.site_id,
    from: range.from,
    to: range.to,
    now: { ...pageKpis(pages), ...campaignKpis(totals.now), deposited: deposited('now') },
    before: {
      ...previous,
      ...(pagesBefore && pageKpis(pagesBefore)),
      ...campaignKpis(totals.before),
      deposited: deposited('before'),
    },
  }
}

const pageKpis = (numbers: {
  readonly views: number
  readonly visitors: number
  readonly sessions: number
  readonly entries: number
  readonly bounces: number
  readonly duration_ms: number
}): PageKpis => ({
  page_views: numbers.views,
  visitors: numbers.visitors,
  sessions: numbers.sessions,
  bounce_rate: numbers.entries > 0 ? numbers.bounces / numbers.entries : null,
  session_ms: numbers.entries > 0 ? numbers.duration_ms / numbers.entries : null,
})

const campaignKpis = ({ visit = 0, registration = 0, deposit = 0 }: Counts) => ({
  visits: visit,
  registrations: registration,
  deposits: deposit,
  visit_to_registration: visit > 0 ? registration / visit : null,
  registration_to_deposit: registration > 0 ? deposit / registration : null,
})
