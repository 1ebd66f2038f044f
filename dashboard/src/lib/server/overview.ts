/**
 * Puts the overview together: the chosen range, the period before as far as the range has come, the banners.
 */
import { hasEvents } from '@rtpx/clickhouse/queries/metrics'
import { bannerRows } from '#lib/banners.ts'
import { type DayRange, eachDay, lengthOf } from '#lib/day.ts'
import type { Overview } from '#lib/overview.ts'
import { previousOf, rangeOf } from '#lib/range.ts'
import { clockAt, dayAt, hourStarts } from '#lib/time-zone.ts'
import type { Services } from './clickhouse.ts'
import { OPEN_MS, type PeriodContext, readCut, readPeriod, upToCut } from './periods.ts'
import { findSite } from './sites.ts'
import type { Tally } from './tally.ts'

/** What is asked for: parameters of the page's URL. */
export type Ask = (name: string) => string | null

/**
 * The overview a URL asks for.
 * @param now the clock, ms since 1970
 * @throws UnknownSite, or what the ClickHouse client throws
 */
export async function readOverview(services: Services, ask: Ask, now: number): Promise<Overview> {
  const { clickhouse, share } = services
  const { site, sites } = await findSite(services, ask('site'))
  const today = dayAt(now, site.time_zone)
  const range = rangeOf(ask, today)
  const previous = previousOf(range)
  const context: PeriodContext = { clickhouse, share, site, banner: ask('banner') }
  const [current, before, cut] = await Promise.all([
    readPeriod(context, range, today),
    readPeriod(context, previous, today),
    range.to === today ? readCut(context, previous.to, today, now) : undefined,
  ])
  return {
    site,
    sites,
    today,
    has_events: hasAny(current) || hasAny(before) || (await everHadEvents(context)),
    range,
    previous,
    until: cut ? clockAt(now, site.time_zone) : null,
    banner: context.banner,
    unit: range.from === range.to ? 'hour' : 'day',
    buckets: bucketNames(range, site.time_zone),
    unfinished: unfinishedBucket(range, today, site.time_zone, now),
    now: current.series,
    before: before.series,
    totals: {
      now: current.totals,
      before: cut ? upToCut(before, cut, range.from === range.to) : before.totals,
    },
    banners: bannerRows(current.banners),
  }
}

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
