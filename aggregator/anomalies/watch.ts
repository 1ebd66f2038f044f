/** The series of some sites around now, from the slots, minutes and forecasts that ClickHouse holds. */
import type { ClickHouse } from '@rtpx/clickhouse/client'
import type { SeriesKey } from '@rtpx/clickhouse/queries/anomalies'
import { type ForecastRow, forecasts, minuteCounts, slotCounts } from '@rtpx/clickhouse/queries/traffic'
import type { Watched } from './decide.ts'
import { nameOf } from './finding.ts'
import { LONGEST } from './judge.ts'
import { sumUp } from './sum-up.ts'
import { timelineOf } from './timeline.ts'

/** Minutes read one by one; before them slots, spread evenly, do. */
const FINE_MINUTES = 65
const LOOKBACK = LONGEST + 130
/** A series is watched when so many events are expected of a day. */
const ENOUGH = 24

/**
 * @param to minute since 1970
 * @returns the series with enough traffic, by site
 */
export async function watchedSeries(
  clickhouse: ClickHouse,
  sites: readonly string[],
  to: number,
): Promise<Map<string, Map<string, Watched>>> {
  const hour = Math.floor(to / 60)
  const start = Math.floor((to - LOOKBACK) / 60) * 60
  const fine = Math.floor((to - FINE_MINUTES) / 5) * 5
  const [rows, slots, minutes] = await Promise.all([
    forecasts(clickhouse, sites, start / 60, hour + 1),
    slotCounts(clickhouse, sites, [[start / 5, fine / 5]]),
    minuteCounts(clickhouse, sites, fine),
  ])
  const wanted = new Map<string, { key: SeriesKey; hours: Map<number, ForecastRow> }>()
  for (const row of rows) {
    const { site_id, event_type, banner_tag } = row
    const name = nameOf(row)
    const series = wanted.get(name) ?? { key: { site_id, event_type, banner_tag }, hours: new Map() }
    wanted.set(name, series)
    series.hours.set(row.hour, row)
  }
  const bySlot = sumUp(slots, wanted)
  const byMinute = sumUp(minutes, wanted)
  const watched = new Map(sites.map((site) => [site, new Map<string, Watched>()]))
  for (const [name, { key, hours }] of wanted) {
    const current = hours.get(hour)
    if (!current) continue
    const seen = new Float64Array(to - start)
    const expected = new Float64Array(to - start)
    for (const [slot, count] of bySlot.get(name) ?? [])
      seen.fill(count / 5, slot * 5 - start, slot * 5 - start + 5)
    for (const [minute, count] of byMinute.get(name) ?? []) if (minute < to) seen[minute - start] = count
    for (const row of hours.values())
      for (const [slot, count] of row.expected.entries()) {
        const at = row.hour * 60 + slot * 5 - start
        expected.fill(count / 5, Math.max(0, at), Math.max(0, at + 5))
      }
    let knownFrom = hour
    while (hours.has(knownFrom - 1)) knownFrom -= 1
    const timeline = timelineOf(start, seen, expected, { ...current, knownSince: knownFrom * 60 })
    if (timeline.expected(to - LONGEST, to) >= ENOUGH) watched.get(key.site_id)?.set(name, { key, timeline })
  }
  return watched
}
