/** What a URL asks of the campaigns: how banners stand together, in which order, which of them, side by side with which. */
import type { Grouping } from '@rtpx/clickhouse/queries/banner-groups'
import { FIGURES } from '#lib/campaigns/figures.ts'
import { groupingOf } from '#lib/campaigns/grouping.ts'
import { type Sorting, sortingOf } from '#lib/sorting.ts'
import type { Ask } from '../page.ts'

export interface CampaignQuestion {
  readonly group: string | null
  readonly grouping: Grouping
  readonly sorting: Sorting
  /** What names must hold, without regard to case. */
  readonly wanted: string
  /** Whether known bots count too. */
  readonly with_bots: boolean
  /** Null: the most frequent. */
  readonly currency: string | null
  /** Rows to leave out at the beginning, and to answer. */
  readonly offset: number
  readonly limit: number
  /** Names side by side. */
  readonly compared: readonly string[]
  /** Null unless costs are on show. */
  readonly payback: { readonly period: 'week' | 'month'; readonly name: string | null } | null
}

/** At most so many rows travel to the page; the others are one row. */
const PAGE_ROWS = 200
const MAX_TEXT = 128

const DEFAULT_SORTING: Sorting = { key: 'visits', descending: true }
const SORT_KEYS = ['name', ...FIGURES]

/** The question of a page's URL. What makes no sense in a link is left out. */
export function campaignQuestion(ask: Ask): CampaignQuestion {
  const grouping = groupingOf(ask('group'))
  const compared = [ask('compare'), ask('with')].filter((name) => name !== null)
  return {
    group: grouping && grouping.by !== 'banner' ? ask('group') : null,
    grouping: grouping ?? { by: 'banner' },
    sorting: sortingOf(ask('sort'), SORT_KEYS, DEFAULT_SORTING),
    wanted: (ask('q') ?? '').trim().slice(0, MAX_TEXT),
    with_bots: ask('bots') !== '0',
    currency: ask('currency'),
    offset: 0,
    limit: PAGE_ROWS,
    compared: [...new Set(compared)],
    payback:
      ask('view') === 'costs'
        ? { period: ask('period') === 'month' ? 'month' : 'week', name: ask('payback') }
        : null,
  }
}
