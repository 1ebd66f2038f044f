/** `GET /api/analytics/campaigns`: the same reading as the page, a page of rows at a time; what is wrong with a question is said, not guessed. */

import type { CampaignRow } from '#lib/campaigns/figures.ts'
import type { Opened } from '../page.ts'
import { partOf } from '../part.ts'
import type { Problem } from '../problem.ts'
import { type CampaignQuestion, campaignQuestion } from './question.ts'
import { readCampaigns } from './read.ts'

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
  }
  /** What to give as `after` for the next part; null after the last. */
  readonly next: string | null
}

/** @throws what the ClickHouse client throws */
export async function campaignAnswer(
  opened: Opened,
  params: URLSearchParams,
): Promise<CampaignAnswer | Problem> {
  const question = questionAsked(params)
  if ('status' in question) return question
  const { range } = opened
  const report = await readCampaigns(opened, question)
  const { offset, limit } = question
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
    page: { offset, limit, of: report.names },
    next: offset + limit < report.names ? String(offset + limit) : null,
  }
}

function questionAsked(params: URLSearchParams): CampaignQuestion | Problem {
  const part = partOf(params, { most: 1_000, otherwise: 100, reach: 1_000_000 })
  if ('status' in part) return part
  const { limit, offset } = part
  return { ...campaignQuestion((name) => params.get(name)), limit, offset, compared: [], payback: null }
}
