/** `GET /api/analytics/campaigns`: the same reading as the page, a page of rows at a time; what is wrong with a question is said, not guessed. */

import type { CampaignRow } from '#lib/campaigns/figures.ts'
import { groupingOf } from '#lib/campaigns/grouping.ts'
import { PRESETS } from '#lib/presets.ts'
import { daysAsked } from '../metrics-query.ts'
import type { Opened } from '../page.ts'
import type { Problem } from '../problem.ts'
import { type CampaignQuestion, campaignQuestion, SORT_KEYS } from './question.ts'
import { readCampaigns } from './read.ts'

const DEFAULT_LIMIT = 100
const MAX_LIMIT = 1_000

export interface CampaignAnswer {
  readonly site_id: string
  readonly from: string
  readonly to: string
  /** The days `before` is counted over, and the clock up to which when the range is not over. */
  readonly previous: { readonly from: string; readonly to: string; readonly until: string | null }
  readonly group: string | null
  readonly currency: string
  readonly currencies: readonly string[]
  readonly rows: readonly Omit<CampaignRow, 'kind'>[]
  /** All rows before and after these together; with a search, only those it found. */
  readonly total: Omit<CampaignRow, 'kind' | 'name' | 'points'>
  readonly page: {
    readonly offset: number
    readonly limit: number
    readonly of: number
    readonly next: string | null
  }
}

const bad = (code: string, field: string, detail: string): Problem => ({
  status: 400,
  code,
  field,
  title: 'The request could not be understood',
  detail,
})

/** @throws what the ClickHouse client throws */
export async function campaignAnswer(
  opened: Opened,
  params: URLSearchParams,
): Promise<CampaignAnswer | Problem> {
  const question = questionAsked(params)
  if ('status' in question) return question
  const range = rangeAsked(opened, params)
  if ('status' in range) return range
  const report = await readCampaigns({ ...opened, range }, question)
  const { offset, limit } = question
  const next = offset + limit < report.names ? new URLSearchParams(params) : null
  next?.set('offset', String(offset + limit))
  const { name: _, kind: __, points: ___, ...total } = report.total
  return {
    site_id: report.site.site_id,
    from: range.from,
    to: range.to,
    previous: { ...report.previous, until: report.until },
    group: report.group,
    currency: report.currency,
    currencies: report.currencies,
    rows: report.rows.map(({ kind: _, ...row }) => row),
    total,
    page: { offset, limit, of: report.names, next: next && `/api/analytics/campaigns?${next}` },
  }
}

function questionAsked(params: URLSearchParams): CampaignQuestion | Problem {
  const question = campaignQuestion((name) => params.get(name))
  if (groupingOf(params.get('group')) === undefined)
    return bad(
      'invalid_group',
      'group',
      'group is one of _ - . : (twice for two parts, such as __), or a number of characters up to 64',
    )
  const sort = params.get('sort')
  if (sort !== null && !SORT_KEYS.includes(sort.replace(/^-/, '')))
    return bad(
      'invalid_sort',
      'sort',
      `sort is one of ${SORT_KEYS.join(', ')}, with a - before it for the most first`,
    )
  const limit = wholeNumber(params.get('limit') ?? String(DEFAULT_LIMIT))
  if (limit === undefined || limit < 1 || limit > MAX_LIMIT)
    return bad('invalid_limit', 'limit', `limit is a number from 1 to ${MAX_LIMIT}`)
  const offset = wholeNumber(params.get('offset') ?? '0')
  if (offset === undefined)
    return bad('invalid_offset', 'offset', 'offset is the number of rows to leave out')
  return { ...question, limit, offset, compared: [], payback: null }
}

const wholeNumber = (text: string) => (/^\d{1,9}$/.test(text) ? Number(text) : undefined)

function rangeAsked({ range, today }: Opened, params: URLSearchParams) {
  const preset = params.get('range')
  if (params.has('from') || params.has('to')) {
    const days = daysAsked(params, today)
    return 'status' in days
      ? days
      : { preset: 'custom', from: days.from, to: days.to < today ? days.to : today }
  }
  if (preset !== null && !PRESETS.some(({ key }) => key === preset))
    return bad(
      'invalid_range',
      'range',
      `range is one of ${PRESETS.map(({ key }) => key).join(', ')}; or ask by from and to`,
    )
  return range
}
