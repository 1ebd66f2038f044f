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
} from '@rtpx/clickhouse/queries/metrics'
import { addDays, type DayRange, eachDay, max, min } from '#lib/day.ts'
import type { Counts } from '#lib/metric.ts'
import type { Site } from '#lib/overview.ts'
import { dayStart, hourStarts } from '#lib/time-zone.ts'
import type { Services } from './clickhouse.ts'
import { readUncounted } from './counted.ts'
import { type Tally, tally } from './tally.ts'

/** How old a shared answer may be, in ms: of the last two days, and of those before. */
export const OPEN_MS = 500
export const SETTLED_MS = 10_000
/** How old an answer found in the raw events may be, in ms: each costs as much as there are events. */
const RAW_MS = 5_000

/** Whose counts: the site's, of the events that pass the filters. */
export type PeriodContext = Pick<Services, 'clickhouse' | 'share'> & {
  readonly site: Site
  readonly filters: EventFilters
  /** Whether the last two days, too, may be as old as their counting is, a second or two: the quicker answer, for a page that follows at once. */
  readonly at_a_glance?: boolean
}

/** How fresh an answer must be: settled days change by late arrivals only, of open ones what came a moment ago counts. */
type Freshness = 'settled' | 'glance' | 'exact'

/**
 * One day by hours, more by days.
 * @param follows whether a single day, when it is one of the last two, must show what came a moment ago
 */
export function readPeriod(
  context: PeriodContext,
  range: DayRange,
  today: string,
  follows = true,
): Promise<Tally> {
  const open = addDays(today, -1)
  const fresh = context.at_a_glance ? 'glance' : 'exact'
  if (range.from === range.to)
    return readHours(context, range.from, follows && range.from >= open ? fresh : 'settled')
  return readDays(context, range, open, fresh)
}

async function readHours(context: PeriodContext, day: string, fresh: Freshness): Promise<Tally> {
  const { clickhouse, share, site, filters } = context
  const starts = hourStarts(day, site.time_zone)
  const question = { site_id: site.site_id, day, starts_at: starts[0] ?? 0, hours: starts.length }
  const rows = await share(key(`hours ${fresh}`, question, filters), maxAge(filters, fresh), async () =>
    isNarrowed(filters)
      ? narrowedByHour(clickhouse, question, filters)
      : countsByHourAndBanner(clickhouse, question, filters.banners, await uncounted(context, fresh)),
  )
  return tally(rows, starts.length, (hour) => hour)
}

async function readDays(
  context: PeriodContext,
  range: DayRange,
  open: string,
  fresh: 'glance' | 'exact',
): Promise<Tally> {
  const { clickhouse, share, site, filters } = context
  const read = (days: DayRange, fresh: Freshness): Promise<BucketOrBannerCount<string>[]> => {
    if (days.from > days.to) return Promise.resolve([])
    const question = { site_id: site.site_id, ...days }
    return share(key(`days ${fresh}`, question, filters), maxAge(filters, fresh), async () =>
      isNarrowed(filters)
        ? narrowedByDay(clickhouse, question, filters)
        : countsByDayAndBanner(clickhouse, question, filters.banners, await uncounted(context, fresh)),
    )
  }
  const readings =
    fresh === 'glance' && range.to >= open
      ? [read(range, fresh)]
      : [
          read({ from: range.from, to: min(range.to, addDays(open, -1)) }, 'settled'),
          read({ from: max(range.from, open), to: range.to }, fresh),
        ]
  const rows = (await Promise.all(readings)).flat()
  const position = new Map(eachDay(range).map((day, index) => [day, index]))
  return tally(rows, position.size, (day) => position.get(day) ?? -1)
}

const uncounted = (context: PeriodContext, fresh: Freshness) => readUncounted(context, fresh === 'exact')

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

const maxAge = (filters: EventFilters, fresh: Freshness) =>
  isNarrowed(filters) ? RAW_MS : fresh === 'settled' ? SETTLED_MS : OPEN_MS

const key = (kind: string, question: object, filters: EventFilters) =>
  JSON.stringify([kind, Object.values(question), filters])
