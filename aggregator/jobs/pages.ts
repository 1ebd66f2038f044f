/**
 * Pages: folds each closed day of each site's page analytics into plain rows, and again when late events came.
 *
 * Which days is told from the days themselves: what arrived after a day's fold. The watermark only tells whether the log of the last
 * days still has every arrival since the last run; when it has not, the whole log of events is asked.
 */
import type { ClickHouse } from '@rtpx/clickhouse/client'
import { foldDay, touchedDays } from '@rtpx/clickhouse/queries/page-folds'
import { clickhouseNow } from '@rtpx/clickhouse/queries/players'
import type { Job, JobResult } from '../job.ts'

/** page_events keeps 73 hours of arrivals. */
const RECENT_MS = 48 * 3_600_000

/** The day of an instant in a time zone, as `2026-01-31`; in UTC where the zone is unknown. */
export function localDay(timeZone: string, ms: number): string {
  const parts = { year: 'numeric', month: '2-digit', day: '2-digit' } as const
  try {
    return new Intl.DateTimeFormat('en-CA', { ...parts, timeZone }).format(ms)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return new Intl.DateTimeFormat('en-CA', { ...parts, timeZone: 'UTC' }).format(ms)
  }
}

/** @param newId makes a fresh UUIDv7 */
export function pagesJob(newId: () => string = Bun.randomUUIDv7): Job {
  return {
    name: 'pages',
    async run(clickhouse: ClickHouse, watermark: number): Promise<JobResult> {
      const nowMs = await clickhouseNow(clickhouse)
      const days = await touchedDays(clickhouse, nowMs - watermark < RECENT_MS)
      let rows = 0
      for (const { time_zone, ...day } of days)
        if (day.event_date < localDay(time_zone, nowMs))
          rows += await foldDay(clickhouse, day, newId(), await clickhouseNow(clickhouse))
      return { watermark: nowMs, rows }
    },
  }
}
