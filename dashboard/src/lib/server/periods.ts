/**
 * Reads the counts of a period. However many people watch, ClickHouse answers each question once per its freshness: the
 * last two days every moment, since a pixel must show within a second, and what only late arrivals can change seldom.
 */
import {
  type EventFilters,
  isNarrowed,
  narrowedByDay,
  narrowedByHour,
  narrowedUntil,
} from '@rtpx/clickhouse/queries/breakdowns'
import {
  type BucketOrBannerCount,
  countsByDayAndBanner,
  countsByHourAndBanner,
  countsUntil,
  lastCounted,
  type Uncounted,
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
/** How long the jobs may not have counted anything before a settled day's answer looks for what they left. */
const BEHIND_MS = 10_000

/** How old an answer found in the raw events may be, in ms: each costs as much as there are events. */
const RAW_MS = 5_000

/** Whose counts: the site's, of the events that pass the filters. */
export type PeriodContext = Pick<Services, 'clickhouse' | 'share'> & {
  readonly site: Site
  readonly filters: EventFilters
}

/** Whether to count what is not counted yet; of days that are settled only when nobody counts it within moments. */
export async function readUncounted(
  { clickhouse, share }: Pick<Services, 'clickhouse' | 'share'>,
  isOpen: boolean,
): Promise<Uncounted> {
  if (isOpen) return true
  const countedAt = await share('counting', OPEN_MS, () => lastCounted(clickhouse))
  return Date.now() - countedAt > BEHIND_MS
}

/** One day by hours, more by days. */
export function readPeriod(context: PeriodContext, range: DayRange, today: string): Promise<Tally> {
  return range.from === range.to ? readHours(context, range.from, today) : readDays(context, range, today)
}

async function readHours(context: PeriodContext, day: string, today: string): Promise<Tally> {
  const { clickhouse, share, site, filters } = context
  const isOpen = day >= addDays(today, -1)
  const starts = hourStarts(day, site.time_zone)
  const question = { site_id: site.site_id, day, starts_at: starts[0] ?? 0, hours: starts.length }
  const rows = await share(key('hours', question, filters), maxAge(filters, isOpen), async () =>
    isNarrowed(filters)
      ? narrowedByHour(clickhouse, question, filters)
      : countsByHourAndBanner(clickhouse, question, filters.banners, await readUncounted(context, isOpen)),
  )
  return tally(rows, starts.length, (hour) => hour)
}

async function readDays(context: PeriodContext, range: DayRange, today: string): Promise<Tally> {
  const { clickhouse, share, site, filters } = context
  const read = (days: DayRange, isOpen: boolean): Promise<BucketOrBannerCount<string>[]> => {
    if (days.from > days.to) return Promise.resolve([])
    const question = { site_id: site.site_id, ...days }
    return share(key('days', question, filters), maxAge(filters, isOpen), async () =>
      isNarrowed(filters)
        ? narrowedByDay(clickhouse, question, filters)
        : countsByDayAndBanner(clickhouse, question, filters.banners, await readUncounted(context, isOpen)),
    )
  }
  const open = addDays(today, -1)
  const readings = await Promise.all([
    read({ from: range.from, to: min(range.to, addDays(open, -1)) }, false),
    read({ from: max(range.from, open), to: range.to }, true),
  ])
  const position = new Map(eachDay(range).map((day, index) => [day, index]))
  return tally(readings.flat(), position.size, (day) => position.get(day) ?? -1)
}

/** The instant of a day that has the present time of day, in whole minutes. */
export function cutAt({ time_zone }: Site, day: string, today: string, now: number): number {
  const elapsed = now - dayStart(today, time_zone)
  return Math.floor((dayStart(day, time_zone) + elapsed) / 60_000) * 60_000
}

/** Counts of the previous period's last day up to the present time of day. Asked once a minute. */
export async function readCut(context: PeriodContext, day: string, today: string, now: number) {
  const { clickhouse, share, site, filters } = context
  const until = cutAt(site, day, today, now)
  const question = { site_id: site.site_id, day, until }
  const rows = await share(key('until', question, filters), SETTLED_MS, async () =>
    isNarrowed(filters)
      ? narrowedUntil(clickhouse, question, filters)
      : countsUntil(clickhouse, question, filters.banners, await readUncounted(context, false)),
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

const maxAge = (filters: EventFilters, isOpen: boolean) =>
  isNarrowed(filters) ? RAW_MS : isOpen ? OPEN_MS : SETTLED_MS

const key = (kind: string, question: object, filters: EventFilters) =>
  JSON.stringify([kind, Object.values(question), filters])
