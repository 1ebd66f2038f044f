/** Asks the slots of earlier weeks whether a deviation is old news. */
import type { ClickHouse } from '@rtpx/clickhouse/client'
import { type Counts, slotCounts } from '@rtpx/clickhouse/queries/traffic'
import type { SiteNow, Watched } from './decide.ts'
import { nameOf } from './finding.ts'
import type { Site } from './make-forecasts.ts'
import { FARTHEST_SHIFT, isSeenBefore } from './old-news.ts'
import { sumUp } from './sum-up.ts'
import { weeksBefore } from './week-ago.ts'

const MINUTE_MS = 60_000

/** @param to minute since 1970 that the site is judged at */
export function oldNewsOf(
  clickhouse: ClickHouse,
  { site_id, time_zone }: Site,
  series: ReadonlyMap<string, Watched>,
  to: number,
): SiteNow['isOldNews'] {
  const past = (minute: number, week: number) =>
    Math.floor(weeksBefore(time_zone, minute * MINUTE_MS, week) / MINUTE_MS / 5)
  const asked = new Map<number, Promise<Counts[]>>()
  return async (key, verdict) => {
    const name = nameOf(key)
    const { weeks: known = 0, clustering = 1 } = series.get(name)?.timeline ?? {}
    const weeks = [1, 2, 3, 4].filter((week) => week <= known)
    if (weeks.length === 0) return false
    const rows =
      asked.get(verdict.from) ??
      slotCounts(
        clickhouse,
        [site_id],
        [1, 2, 3, 4].map((week) => [
          past(verdict.from, week) - FARTHEST_SHIFT,
          past(to, week) + FARTHEST_SHIFT + 1,
        ]),
      )
    asked.set(verdict.from, rows)
    const counts = sumUp(await rows, new Map([[name, key]])).get(name)
    return isSeenBefore(
      verdict,
      clustering,
      to,
      weeks,
      (week, minute) => counts?.get(past(minute, week)) ?? 0,
    )
  }
}
