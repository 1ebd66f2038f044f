/**
 * Puts the overview together: the chosen range, the period before as far as the range has come, the banners.
 */
import { countsByValue, type EventFilters } from '@rtpx/clickhouse/queries/breakdowns'
import { hasEvents } from '@rtpx/clickhouse/queries/metrics'
import { bannerRows } from '#lib/banners.ts'
import { type Breakdown, breakdownOf, overviewFilters } from '#lib/breakdowns.ts'
import { type DayRange, eachDay, lengthOf } from '#lib/day.ts'
import { AMOUNT } from '#lib/metric.ts'
import type { Overview } from '#lib/overview.ts'
import { previousOf, yearBefore } from '#lib/range.ts'
import { clockAt, hourStarts } from '#lib/time-zone.ts'
import { readAmounts } from './amounts.ts'
import { bannersOf } from './caller.ts'
import { readBefore } from './day-windows.ts'
import type { Opened } from './page.ts'
import { OPEN_MS, type PeriodContext, readCut, readPeriod, upToCut } from './periods.ts'
import type { Tally } from './tally.ts'

/**
 * The overview a URL asks for.
 * @param at_a_glance a page's first answer: what came in the last second or two may be missing, and comes by the line
 * @throws what the ClickHouse client throws
 */
export async function readOverview(opened: Opened, at_a_glance = false): Promise<Overview> {
  const { services, caller, site, sites, today, range, ask, now } = opened
  const { clickhouse, share } = services
  const compared = ask('compare') === 'year' ? 'year' : 'period'
  const previous = compared === 'year' ? yearBefore(range) : previousOf(range)
  const { banner = null, ...values } = overviewFilters(ask)
  const with_bots = ask('bots') !== '0'
  const filters: EventFilters = { banners: bannersOf(caller, banner), values, with_bots }
  const context: PeriodContext = { clickhouse, share, site, filters, at_a_glance }
  const until = range.to === today
  const [current, before, cut, amounts, breakdown] = await Promise.all([
    readPeriod(context, range, today),
    readBefore(context, previous, today),
    until ? readCut(context, previous.to, today, now) : undefined,
    readAmounts(context, { range, previous, today, now, until }),
    readBreakdown(context, range, ask('by')),
  ])
  return {
    site,
    sites,
    today,
    has_events: hasAny(current) || hasAny(before) || (await everHadEvents(context)),
    range,
    previous,
    until: cut ? clockAt(now, site.time_zone) : null,
    filters: overviewFilters(ask),
    with_bots,
    compared,
    unit: range.from === range.to ? 'hour' : 'day',
    buckets: bucketNames(range, site.time_zone),
    unfinished: unfinishedBucket(range, today, site.time_zone, now),
    now: withAmounts(current.series, amounts[0]?.series),
    before: withAmounts(before.series, amounts[0]?.series_before),
    totals: {
      now: withAmounts(current.totals, amounts[0] && Number(amounts[0].now)),
      before: withAmounts(
        cut ? upToCut(before, cut, range.from === range.to) : before.totals,
        amounts[0] && Number(amounts[0].before),
      ),
    },
    amounts,
    banners: bannerRows(current.banners),
    breakdown,
  }
}

/** Values of a breakdown that travel to the page, and how old a shared answer may be, ms: it costs as much as there are events. */
const MAX_VALUES = 200
const BREAKDOWN_MS = 5_000

async function readBreakdown(
  context: PeriodContext,
  range: DayRange,
  asked: string | null,
): Promise<Breakdown | null> {
  const by = breakdownOf(asked)
  if (!by) return null
  const { clickhouse, share, site, filters } = context
  const days = { site_id: site.site_id, from: range.from, to: range.to }
  const values = await share(JSON.stringify(['breakdown', by, days, filters]), BREAKDOWN_MS, () =>
    countsByValue(clickhouse, days, filters, by, MAX_VALUES),
  )
  return { by, ...values }
}

/** Counts with the amount in the first currency among them, for the card and the chart. */
const withAmounts = <T>(counts: Readonly<Record<string, T>>, amount: T | undefined) =>
  amount === undefined ? counts : { ...counts, [AMOUNT]: amount }

const hasAny = ({ totals }: Tally) => Object.keys(totals).length > 0

const everHadEvents = ({ clickhouse, share, site }: PeriodContext) =>
  share(`events ${site.site_id}`, OPEN_MS, () => hasEvents(clickhouse, site.site_id))

const bucketNames = (range: DayRange, timeZone: string) =>
  range.from === range.to
    ? hourStarts(range.from, timeZone).map((start) => clockAt(start, timeZone))
    : eachDay(range)

function unfinishedBucket(range: DayRange, today: string, timeZone: string, now: number): number | null {
  if (range.to !== today) return null
  if (range.from !== today) return lengthOf(range) - 1
  return hourStarts(today, timeZone).findLastIndex((start) => start <= now)
}
