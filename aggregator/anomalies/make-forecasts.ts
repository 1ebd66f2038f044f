/**
 * Forecasts the hours that have none yet, from the slots of earlier weeks. An hour is forecast from what was known an hour before
 * it, so doing it late, again or in another process gives the same.
 */
import type { ClickHouse } from '@rtpx/clickhouse/client'
import type { SeriesKey } from '@rtpx/clickhouse/queries/anomalies'
import {
  busySeries,
  type ForecastRow,
  forecasts,
  slotCounts,
  writeForecasts,
} from '@rtpx/clickhouse/queries/traffic'
import { clusteringOf } from './clustering.ts'
import { nameOf } from './finding.ts'
import { forecastHour, HOUR_SLOTS, type HourSeen, knownWeeks, SLOT_MS, SMOOTHING } from './forecast.ts'
import { type Sums, sumUp } from './sum-up.ts'
import { weeksBefore } from './week-ago.ts'

const HOUR_MS = 3_600_000
const WEEKS = [1, 2, 3, 4]
const WEEK_SLOTS = 2_016
const DAY_HOURS = 24
const WEEK_HOURS = 168
/** Slots a clock may change by, and the smoothing. */
const MARGIN = HOUR_SLOTS + SMOOTHING

export interface Site {
  readonly site_id: string
  readonly time_zone: string
}

/** When nothing was counted; milliseconds since 1970. */
export type Gaps = readonly { readonly from: number; readonly to: number }[]

/**
 * Forecasts hours [from, to) of some sites; at most a day at once.
 * @param now milliseconds since 1970
 * @returns rows written
 */
export async function makeForecasts(
  clickhouse: ClickHouse,
  sites: readonly Site[],
  { from, to, gaps, now }: { from: number; to: number; gaps: Gaps; now: number },
): Promise<number> {
  const ids = sites.map(({ site_id }) => site_id)
  const busy = new Map<string, SeriesKey & { first: number }>()
  for (const row of await busySeries(clickhouse, ids, from * HOUR_SLOTS)) busy.set(nameOf(row), row)
  if (busy.size === 0) return 0
  const ranges = WEEKS.map((week) => {
    const start = from * HOUR_SLOTS - week * WEEK_SLOTS
    return [start - MARGIN, start + (to - from) * HOUR_SLOTS + MARGIN] as const
  })
  const earlier = sumUp(await slotCounts(clickhouse, ids, ranges), busy)
  const recent = sumUp(
    await slotCounts(clickhouse, ids, [[(from - WEEK_HOURS - 1) * HOUR_SLOTS, to * HOUR_SLOTS]]),
    busy,
  )
  const known = hoursKnown(await forecasts(clickhouse, ids, from - WEEK_HOURS - 1, from), recent, gaps)
  const zones = new Map(sites.map(({ site_id, time_zone }) => [site_id, time_zone]))
  const rows: ForecastRow[] = []
  for (const [name, { first, ...key }] of busy) {
    const counts = earlier.get(name) ?? new Map<number, number>()
    const hours = known.get(name) ?? new Map<number, HourSeen>()
    const lastWeek = recent.get(name)
    const clustering = clusteringOf(
      (slot) => lastWeek?.get(slot) ?? 0,
      (from - WEEK_HOURS) * HOUR_SLOTS,
      from * HOUR_SLOTS,
    )
    for (let hour = from; hour < to; hour += 1) {
      const starts = WEEKS.map(
        (week) => weeksBefore(zones.get(key.site_id) ?? 'UTC', hour * HOUR_MS, week) / SLOT_MS,
      )
      const weeks = knownWeeks(
        (slot) => counts.get(slot) ?? 0,
        starts,
        first,
        (start, end) => overlaps(gaps, start * SLOT_MS, end * SLOT_MS),
      )
      const forecast = forecastHour(
        weeks,
        lastOf(hours, hour, DAY_HOURS),
        lastOf(hours, hour, WEEK_HOURS),
        clustering,
      )
      if (!forecast) continue
      rows.push({ ...key, hour, ...forecast })
      if (!overlaps(gaps, hour * HOUR_MS, (hour + 1) * HOUR_MS))
        hours.set(hour, { ...forecast, expected: total(forecast.expected), seen: seenIn(recent, name, hour) })
    }
  }
  await writeForecasts(clickhouse, rows, now)
  return rows.length
}

/** Hours before the last complete one. */
function lastOf(hours: ReadonlyMap<number, HourSeen>, hour: number, count: number): HourSeen[] {
  const last: HourSeen[] = []
  for (let at = hour - count - 1; at < hour - 1; at += 1) {
    const known = hours.get(at)
    if (known) last.push(known)
  }
  return last
}

function hoursKnown(rows: readonly ForecastRow[], seen: Sums, gaps: Gaps) {
  const known = new Map<string, Map<number, HourSeen>>()
  for (const row of rows) {
    if (overlaps(gaps, row.hour * HOUR_MS, (row.hour + 1) * HOUR_MS)) continue
    const name = nameOf(row)
    const hours = known.get(name) ?? new Map<number, HourSeen>()
    known.set(name, hours)
    hours.set(row.hour, { base: row.base, expected: total(row.expected), seen: seenIn(seen, name, row.hour) })
  }
  return known
}

function seenIn(seen: Sums, name: string, hour: number): number {
  const counts = seen.get(name)
  let sum = 0
  for (let slot = hour * HOUR_SLOTS; slot < (hour + 1) * HOUR_SLOTS; slot += 1) sum += counts?.get(slot) ?? 0
  return sum
}

const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)

/** Whether nothing was counted during some minutes of [from, to), milliseconds since 1970. */
function overlaps(gaps: Gaps, from: number, to: number): boolean {
  return gaps.some((gap) => Math.min(gap.to, to) - Math.max(gap.from, from) >= SLOT_MS)
}
