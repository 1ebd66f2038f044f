/**
 * Closes days: some time after a site's midnight its day is counted from the events and becomes plain rows. What still comes for it is
 * counted when this job runs next, as a change dated then.
 *
 * A player who was counted is known again by the events of that day, so a day takes late arrivals as long as its events are kept. Once
 * some of them are gone the counts stand: what comes after that is kept as an event, but counts for nobody.
 */
import type { ClickHouse } from '@rtpx/clickhouse/client'
import {
  dropClosedPlayerDays,
  hasItsEvents,
  lateDays,
  type OpenDay,
  openDays,
  writeDayCounts,
} from '@rtpx/clickhouse/queries/closed-days'
import { foldState, withDayCounts } from '@rtpx/clickhouse/queries/day-counts'
import type { SiteDay } from '@rtpx/clickhouse/recount/check'
import type { Job, JobResult } from '../job.ts'

const HOUR_MS = 3_600_000
/** An event that came so shortly before a day was counted may have been missed: its block was not written yet. */
const MARGIN_MS = 60_000

/** The day of an instant in a time zone, as `2026-01-31`; in UTC where the zone is unknown. */
function dayIn(timeZone: string, ms: number): string {
  const parts = { year: 'numeric', month: '2-digit', day: '2-digit' } as const
  try {
    return new Intl.DateTimeFormat('en-CA', { ...parts, timeZone: timeZone || 'UTC' }).format(ms)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return new Intl.DateTimeFormat('en-CA', { ...parts, timeZone: 'UTC' }).format(ms)
  }
}

/** The days that ended, in their site's time zone, at least `closeAfterMs` ago. Pure. */
export function daysToClose(open: readonly OpenDay[], now: number, closeAfterMs: number): OpenDay[] {
  return open.filter(({ event_date, time_zone }) => event_date < dayIn(time_zone, now - closeAfterMs))
}

/** A question may have begun while the day was open: who counts on it is kept for as long as it may take. */
const KEEP_MS = 10 * 60_000

/**
 * @param closeAfterHours hours after a site's midnight until the day that ended then is closed
 * @param keepMs how long after that who counted on it is kept
 */
export function closeDaysJob(closeAfterHours: number, keepMs = KEEP_MS): Job {
  return {
    name: 'close-days',
    async run(clickhouse: ClickHouse): Promise<JobResult> {
      const { now } = await foldState(clickhouse)
      const due = daysToClose(await openDays(clickhouse), now, closeAfterHours * HOUR_MS)
      for (const day of due) await countAnew(clickhouse, day, 'close')
      const late = await lateDays(clickhouse, MARGIN_MS)
      for (const day of late) await countAnew(clickhouse, day, 'late')
      const { now: closedAt } = await foldState(clickhouse)
      await withDayCounts(clickhouse, () => dropClosedPlayerDays(clickhouse, closedAt - keepMs))
      return { watermark: now, rows: due.length + late.length }
    },
  }
}

/** The lock is let go between days, so that counting the newest arrivals goes on. */
function countAnew(clickhouse: ClickHouse, day: SiteDay, reason: 'close' | 'late'): Promise<void> {
  return withDayCounts(clickhouse, async () => {
    const recount = await hasItsEvents(clickhouse, day)
    const { now } = await foldState(clickhouse)
    await writeDayCounts(clickhouse, day, { reason, now, recount })
  })
}
