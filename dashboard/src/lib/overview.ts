/**
 * What the overview shows, as one plain value: the page's `load` returns it, `/api/overview` repeats it while the page
 * is open. Series are counts per bucket and event type; bucket 0 of `before` is the one that bucket 0 of `now` is
 * compared with.
 */
import type { BannerRow } from './banners.ts'
import type { Breakdown, OverviewFilters } from './breakdowns.ts'
import type { Counts } from './metric.ts'
import type { ChosenRange } from './range.ts'

export interface Site {
  readonly site_id: string
  readonly name: string
  readonly time_zone: string
}

export interface Overview {
  readonly site: Site
  readonly sites: readonly Site[]
  /** Today in the site's time zone. */
  readonly today: string
  /** Whether the site has ever received an event. */
  readonly has_events: boolean
  readonly range: ChosenRange
  /** Whether it is compared with the period before, or with the same days a year earlier. */
  readonly compared: 'period' | 'year'
  readonly previous: { readonly from: string; readonly to: string }
  /** Wall clock up to which the previous period is counted when the range is not over, else null. */
  readonly until: string | null
  /** What everything is narrowed to. */
  readonly filters: OverviewFilters
  /** Whether known bots count too. */
  readonly with_bots: boolean
  readonly unit: 'day' | 'hour'
  /** Days (`2026-11-21`) or hours of one day (`14:00`). */
  readonly buckets: readonly string[]
  /** Index of the bucket in progress, or null when all are over; those after it are still to come. */
  readonly unfinished: number | null
  /** Counts per event type, one for each bucket. */
  readonly now: Readonly<Record<string, readonly number[]>>
  readonly before: Readonly<Record<string, readonly number[]>>
  /** Counts per event type over the whole range; `before` only as far as the range has come. */
  readonly totals: { readonly now: Counts; readonly before: Counts }
  /** Deposited amounts by currency, those with the most deposits first. */
  readonly amounts: readonly Amount[]
  readonly banners: readonly BannerRow[]
  /** By something else than banners, when the URL asks for it. */
  readonly breakdown: Breakdown | null
}

/** What was deposited in one currency: in all and by bucket; `before` only as far as the range has come. */
export interface Amount {
  readonly currency: string
  /** Exact, as text. */
  readonly now: string
  readonly before: string
  readonly series: readonly number[]
  readonly series_before: readonly number[]
}

/** Why there is no overview, in words for the page and a stable code. */
export interface Trouble {
  readonly code:
    | 'clickhouse_unreachable'
    | 'clickhouse_error'
    | 'unknown_site'
    | 'signed_out'
    | 'forbidden'
    | 'unknown_question'
    | 'too_many_questions'
    | 'too_many_connections'
    | 'too_much'
  readonly title: string
  readonly detail: string
}
