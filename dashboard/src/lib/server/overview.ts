/**
 * Puts the overview together. However many people watch, ClickHouse answers each question once per its freshness: the
 * last two days every moment, since a pixel must show within a second, and what only late arrivals can change seldom.
 */
import {
  allSites,
  type BucketOrBannerCount,
  countsByDayAndBanner,
  countsByHourAndBanner,
  countsUntil,
  hasEvents,
} from '@rtpx/clickhouse/queries/metrics'
import { bannerRows } from '#lib/banners.ts'
import { addDays, type DayRange, eachDay, lengthOf, max, min } from '#lib/day.ts'
import type { Counts, Overview, Site } from '#lib/overview.ts'
import { previousOf, rangeOf } from '#lib/range.ts'
import { clockAt, dayAt, dayStart, hourStarts } from '#lib/time-zone.ts'
import type { Services } from './clickhouse.ts'
import { type Tally, tally } from './tally.ts'
import { UnknownSite } from './trouble.ts'

/** How old a shared answer may be, in ms. */
export const OPEN_MS = 500
const SETTLED_MS = 10_000

/** What is asked for: parameters of the page's URL. */
export type Ask = (name: string) => string | null

type Context = Pick<Services, 'clickhouse' | 'share'> & {
  readonly site: Site
  readonly banner: string | null
}

/**
 * The overview a URL asks for.
 * @param now the clock, ms since 1970
 * @throws UnknownSite, or what the ClickHouse client throws
 */
export async function readOverview(services: Services, ask: Ask, now: number): Promise<Overview> {
  const { clickhouse, share } = services
  const sites = await share('sites', SETTLED_MS, () => allSites(clickhouse))
  const site = ask('site') === null ? sites[0] : sites.find(({ site_id }) => site_id === ask('site'))
  if (!site) throw new UnknownSite(ask('site') ?? '')

  const today = dayAt(now, site.time_zone)
  const range = rangeOf(ask, today)
  const previous = previousOf(range)
  const context: Context = { clickhouse, share, site, banner: ask('banner') }
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

const everHadEvents = ({ clickhouse, share, site }: Context) =>
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

/** One day by hours, more by days. */
function readPeriod(context: Context, range: DayRange, today: string): Promise<Tally> {
  return range.from === range.to ? readHours(context, range.from, today) : readDays(context, range, today)
}

async function readHours(
  { clickhouse, share, site, banner }: Context,
  day: string,
  today: string,
): Promise<Tally> {
  const starts = hourStarts(day, site.time_zone)
  const question = { site_id: site.site_id, day, starts_at: starts[0] ?? 0, hours: starts.length }
  const rows = await share(
    key('hours', question, banner),
    day >= addDays(today, -1) ? OPEN_MS : SETTLED_MS,
    () => countsByHourAndBanner(clickhouse, question, banner),
  )
  return tally(rows, starts.length, (hour) => hour)
}

async function readDays(
  { clickhouse, share, site, banner }: Context,
  range: DayRange,
  today: string,
): Promise<Tally> {
  const read = (days: DayRange, maxAgeMs: number): Promise<BucketOrBannerCount<string>[]> => {
    if (days.from > days.to) return Promise.resolve([])
    const question = { site_id: site.site_id, ...days }
    return share(key('days', question, banner), maxAgeMs, () =>
      countsByDayAndBanner(clickhouse, question, banner),
    )
  }
  const open = addDays(today, -1)
  const readings = await Promise.all([
    read({ from: range.from, to: min(range.to, addDays(open, -1)) }, SETTLED_MS),
    read({ from: max(range.from, open), to: range.to }, OPEN_MS),
  ])
  const position = new Map(eachDay(range).map((day, index) => [day, index]))
  return tally(readings.flat(), position.size, (day) => position.get(day) ?? -1)
}

/** Counts of the previous period's last day up to the present time of day. Asked once a minute. */
async function readCut(
  { clickhouse, share, site, banner }: Context,
  day: string,
  today: string,
  now: number,
) {
  const elapsed = now - dayStart(today, site.time_zone)
  const until = Math.floor((dayStart(day, site.time_zone) + elapsed) / 60_000) * 60_000
  const question = { site_id: site.site_id, day, until }
  const rows = await share(key('until', question, banner), SETTLED_MS, () =>
    countsUntil(clickhouse, question, banner),
  )
  return Object.fromEntries(rows.map((row) => [row.event_type, row.count]))
}

/**
 * The totals with the last day counted only up to the cut, so that a morning is compared with a morning.
 * @param hourly the whole period is that one day
 */
function upToCut({ totals, series }: Tally, cut: Counts, hourly: boolean): Counts {
  if (hourly) return cut
  const types = Object.keys(totals)
  return Object.fromEntries(
    types.map((type) => [type, (totals[type] ?? 0) - (series[type]?.at(-1) ?? 0) + (cut[type] ?? 0)]),
  )
}

const key = (kind: string, question: object, banner: string | null) =>
  JSON.stringify([kind, Object.values(question), banner])
