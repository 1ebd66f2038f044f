/**
 * Puts the overview together: the chosen range, the period before as far as the range has come, the banners.
 */
import { hasEvents } from '@rtpx/clickhouse/queries/metrics'
import { bannerRows } from '#lib/banners.ts'
import { type DayRange, eachDay, lengthOf } from '#lib/day.ts'
import type { Overview } from '#lib/overview.ts'
import { previousOf } from '#lib/range.ts'
import { clockAt, hourStarts } from '#lib/time-zone.ts'
import { bannersOf } from './caller.ts'
import type { Opened } from './page.ts'
import { OPEN_MS, type PeriodContext, readCut, readPeriod, upToCut } from './periods.ts'
import type { Tally } from './tally.ts'

/**
 * The overview a URL asks for.
 * @throws what the ClickHouse client throws
 */
export async function readOverview({
  services,
  caller,
  site,
  sites,
  today,
  range,
  ask,
  now,
}: Opened): Promise<Overview> {
  const { clickhouse, share } = services
  const previous = previousOf(range)
  const context: PeriodContext = { clickhouse, share, site, banners: bannersOf(caller, ask('banner')) }
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
    banner: ask('banner'),
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
