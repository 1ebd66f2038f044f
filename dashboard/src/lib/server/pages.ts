/** Puts page analytics together: the cards, the chart and the breakdown a URL asks for. */

import type { ClickHouse } from '@rtpx/clickhouse/client'
import {
  type Breakdown,
  type BreakdownOptions,
  entryPages,
  exitPages,
  numbersByDay,
  numbersByHour,
  type PageNumbers,
  type PageQuestion,
  pageTotals,
  topBanners,
  topBrowsers,
  topCampaigns,
  topCountries,
  topDevices,
  topDomains,
  topPages,
  topReferrers,
  topSources,
  topSystems,
} from '@rtpx/clickhouse/queries/pages'
import { eachDay } from '#lib/day.ts'
import { type BreakdownKey, filtersOf, isBreakdown, type PageBreakdown, type PageReport } from '#lib/pages.ts'
import { previousOf } from '#lib/range.ts'
import { clockAt, hourStarts } from '#lib/time-zone.ts'
import type { Opened } from './page.ts'

type Ranked = (
  clickhouse: ClickHouse,
  question: PageQuestion,
  options: BreakdownOptions,
) => Promise<Breakdown<Readonly<Record<string, string>>>>

const ASKED: Readonly<Record<BreakdownKey, { readonly names: readonly string[]; readonly ask: Ranked }>> = {
  page: { names: ['domain', 'path'], ask: topPages },
  entry: { names: ['domain', 'path'], ask: entryPages },
  exit: { names: ['domain', 'path'], ask: exitPages },
  domain: { names: ['domain'], ask: topDomains },
  referrer: { names: ['referrer_host'], ask: topReferrers },
  source: { names: ['channel', 'source'], ask: topSources },
  campaign: { names: ['utm_source', 'utm_medium', 'utm_campaign'], ask: topCampaigns },
  banner: { names: ['banner_tag'], ask: topBanners },
  country: { names: ['country'], ask: topCountries },
  device: { names: ['device'], ask: topDevices },
  browser: { names: ['browser'], ask: topBrowsers },
  os: { names: ['os'], ask: topSystems },
}

/** Rows of the page's table, and of the small ones around one page. */
const ROWS = 200
const AROUND_ROWS = 8
/** How old a shared answer may be, in ms: while the range goes on, and when only late events can change it. */
const OPEN_MS = 500
const SETTLED_MS = 10_000

/** What a URL asks of page analytics. */
export function pageQuestion({ site, range, ask, now }: Opened): PageQuestion {
  return {
    site_id: site.site_id,
    range: { from: range.from, to: range.to },
    filters: filtersOf(ask),
    with_bots: ask('bots') === '1',
    now,
  }
}

/** The report a URL asks for. @throws what the ClickHouse client throws */
export async function readPages(opened: Opened): Promise<PageReport> {
  const { services, site, today, range, ask, now } = opened
  const { clickhouse, share } = services
  const question = pageQuestion(opened)
  const { filters = {}, with_bots = false } = question
  const asked = ask('by')
  const by = isBreakdown(asked) ? asked : 'page'
  const isOpen = range.to >= today
  const key = JSON.stringify(['pages', site.site_id, question.range, filters, with_bots])
  const shared = <T>(name: string, read: () => Promise<T>, maxAgeMs = isOpen ? OPEN_MS : SETTLED_MS) =>
    share(`${key} ${name}`, maxAgeMs, read)
  const before = { ...question, range: previousOf(range) }
  const isOnePage = filters.page !== undefined
  const [totals, previous, series, breakdown, around] = await Promise.all([
    shared('totals', () => pageTotals(clickhouse, question)),
    isOpen ? null : shared('before', () => pageTotals(clickhouse, before), SETTLED_MS),
    shared('series', () => readSeries(clickhouse, question, opened)),
    shared(by, () => readBreakdown(clickhouse, question, by, { limit: ROWS })),
    isOnePage
      ? Promise.all(
          (['source', 'entry', 'exit'] as const).map((by) =>
            shared(`around ${by}`, () => readBreakdown(clickhouse, question, by, { limit: AROUND_ROWS })),
          ),
        )
      : [],
  ])
  return {
    site,
    today,
    range,
    filters,
    with_bots,
    totals,
    before: previous,
    ...series,
    unfinished: unfinishedOf(opened, series.buckets.length, now),
    breakdown,
    around,
  }
}

/** One breakdown of page analytics, largest first. @throws RangeError for a limit that is not 1 to 10,000 */
export async function readBreakdown(
  clickhouse: ClickHouse,
  question: PageQuestion,
  by: BreakdownKey,
  options: BreakdownOptions,
): Promise<PageBreakdown> {
  const { names: columns, ask } = ASKED[by]
  const { rows, other } = await ask(clickhouse, question, options)
  return {
    by,
    columns,
    rows: rows.map((row) => {
      const named = Object.fromEntries(columns.map((name) => [name, String(row[name] ?? '')]))
      return { names: named, ...numbersOf(row) }
    }),
    left_out: other?.names ?? 0,
  }
}

const numbersOf = ({
  views,
  visitors,
  sessions,
  entries,
  bounces,
  duration_ms,
}: PageNumbers): PageNumbers => ({
  views,
  visitors,
  sessions,
  entries,
  bounces,
  duration_ms,
})

/** Page views and visitors by hour of one day, by day of more. */
export async function readSeries(clickhouse: ClickHouse, question: PageQuestion, { range, site }: Opened) {
  if (range.from === range.to) {
    const starts = hourStarts(range.from, site.time_zone)
    const rows = await numbersByHour(clickhouse, question)
    // A zone may begin its hours at other minutes than the UTC hours that are counted: those that begin in it.
    const at = new Map<number, PageNumbers>()
    for (const row of rows) {
      const index = starts.findLastIndex((start) => start <= row.hour * 1000 + 1_800_000)
      const known = at.get(index)
      at.set(index, known ? { ...row, views: row.views + known.views } : row)
    }
    return {
      unit: 'hour' as const,
      buckets: starts.map((start) => clockAt(start, site.time_zone)),
      views: starts.map((_, index) => at.get(index)?.views ?? 0),
      visitors: starts.map((_, index) => at.get(index)?.visitors ?? 0),
    }
  }
  const days = eachDay(range)
  const rows = new Map((await numbersByDay(clickhouse, question)).map((row) => [row.day, row]))
  return {
    unit: 'day' as const,
    buckets: days,
    views: days.map((day) => rows.get(day)?.views ?? 0),
    visitors: days.map((day) => rows.get(day)?.visitors ?? 0),
  }
}

function unfinishedOf({ range, today, site }: Opened, buckets: number, now: number): number | null {
  if (range.to < today) return null
  if (range.from < today) return buckets - 1
  return hourStarts(today, site.time_zone).findLastIndex((start) => start <= now)
}
