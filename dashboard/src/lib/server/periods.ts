/**
 * Reads the counts of a period. However many people watch, ClickHouse answers each question once per its freshness: the
 * last two days every moment, since a pixel must show within a second, and what only late arrivals can change seldom.
 */
import {
  type BucketOrBannerCount,
  countsByDayAndBanner,
  countsByHourAndBanner,
  countsUntil,
} from '@rtpx/clickhouse/queries/metrics'
import { addDays, type DayRange, eachDay, max, min } from '#lib/day.ts'
import type { Counts } from '#lib/metric.ts'
import type { Site } from '#lib/overview.ts'
import { dayStart, hourStarts } from '#lib/time-zone.ts'
import type { Services } from './clickhouse.ts'
import { type Tally, tally } from './tally.ts'

/** How old a shared answer may be, in ms: of the last two days, and of those before. */
export const OPEN_MS = 500
export const SETTLED_MS = 10_000

/** Whose counts: the site's, narrowed to a banner unless that is null. */
export type PeriodContext = Pick<Services, 'clickhouse' | 'share'> & {
  readonly site: Site
  readonly banner: string | null
}

/** One day by hours, more by days. */
export function readPeriod(context: PeriodContext, range: DayRange, today: string): Promise<Tally> {
  return range.from === range.to ? readHours(context, range.from, today) : readDays(context, range, today)
}

async function readHours(
  { clickhouse, share, site, banner }: PeriodContext,
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
  { clickhouse, share, site, banner }: PeriodContext,
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
export async function readCut(
  { clickhouse, share, site, banner }: PeriodContext,
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
export function upToCut({ totals, series }: Tally, cut: Counts, hourly: boolean): Counts {
  if (hourly) return cut
  const types = Object.keys(totals)
  return Object.fromEntries(
    types.map((type) => [type, (totals[type] ?? 0) - (series[type]?.at(-1) ?? 0) + (cut[type] ?? 0)]),
  )
}

const key = (kind: string, question: object, banner: string | null) =>
  JSON.stringify([kind, Object.values(question), banner])
