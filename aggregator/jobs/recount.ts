/**
 * Recount: days counted again from the raw events and compared with every derived table. Finds nothing, or the exact differences, which it
 * writes to recount_differences. It changes no number unless it is told to repair.
 *
 * The newest events and late ones are counted first. What differs because a day is moving while it is read is not a difference: only what
 * shows in three readings in a row is. A day whose events are no longer all kept is left out.
 */
import type { ClickHouse } from '@rtpx/clickhouse/client'
import { hasItsEvents, writeDayCounts } from '@rtpx/clickhouse/queries/closed-days'
import { foldState, withDayCounts } from '@rtpx/clickhouse/queries/day-counts'
import { announceAgain, daysToRecount, writeDifferences } from '@rtpx/clickhouse/queries/recount'
import type { RecountCheck, RecountDifference, SiteDay } from '@rtpx/clickhouse/recount/check'
import { recountChecks } from '@rtpx/clickhouse/recount/index'
import { checksOfDay, lastingDifferences } from '@rtpx/clickhouse/recount/lasting'
import type { Job, JobResult } from '../job.ts'

const DAY_MS = 86_400_000
const PAUSE_MS = 1_000
/** The tables that a repair corrects; what others are derived from is told, not changed. */
const REPAIRABLE = ['event_totals', 'event_quarters']

export interface RecountOptions {
  /** Days before today that are counted again. */
  readonly days: number
  /** Corrects the day counts that differ. */
  readonly repair: boolean
  /** Brings the counts up to date before. */
  readonly before: readonly Job[]
  /** Between two readings of a difference; ms. */
  readonly pauseMs?: number
  readonly checks?: readonly RecountCheck[]
}

/** The dates to count again: the last `days`, or from `since` on when that is earlier. Pure. @param since 0: never ran before */
export function recountRange(since: number, now: number, days: number): { from: string; to: string } {
  const first = now - days * DAY_MS
  const dateOf = (ms: number) => new Date(ms).toISOString().slice(0, 10)
  // The day after today has begun already where clocks are ahead.
  return { from: dateOf(since > 0 ? Math.min(since, first) : first), to: dateOf(now + DAY_MS) }
}

export function recountJob(options: RecountOptions): Job {
  return {
    name: 'recount',
    async run(clickhouse: ClickHouse, since: number): Promise<JobResult> {
      for (const job of options.before) await job.run(clickhouse, 0)
      const { now } = await foldState(clickhouse)
      const lines: string[] = []
      let rows = 0
      const range = recountRange(since, now, options.days)
      const days = await daysToRecount(clickhouse, range)
      for (const day of days) {
        if (!(await hasItsEvents(clickhouse, day))) {
          lines.push(`${day.site_id} ${day.event_date}: left out, its events are no longer all kept`)
          continue
        }
        const checks = await checksOfDay(clickhouse, day, options.checks ?? recountChecks)
        if (checks.length === 0) continue
        const differences = await lastingDifferences(clickhouse, day, {
          checks,
          pauseMs: options.pauseMs ?? PAUSE_MS,
        })
        if (differences.length === 0) continue
        const repaired = options.repair && differences.some(({ table }) => REPAIRABLE.includes(table))
        if (repaired) await repairDay(clickhouse, day, options.before)
        await writeDifferences(clickhouse, differences, { recountedAt: now, repaired })
        lines.push(...differences.map(lineOf))
        if (repaired) lines.push(`${day.site_id} ${day.event_date}: the day counts were corrected`)
        rows += differences.length
      }
      lines.push(`${days.length} days from ${range.from} on counted again: ${rows} differences`)
      return { watermark: now, rows, lines }
    },
  }
}

/** Players that are missing are counted; what differs then is corrected by a dated change. */
async function repairDay(clickhouse: ClickHouse, day: SiteDay, count: readonly Job[]): Promise<void> {
  await announceAgain(clickhouse, day)
  for (const job of count) await job.run(clickhouse, 0)
  await withDayCounts(clickhouse, async () => {
    const { now } = await foldState(clickhouse)
    await writeDayCounts(clickhouse, day, { reason: 'correction', now, recount: true })
  })
}

function lineOf({ site_id, event_date, table, key, expected, stored }: RecountDifference): string {
  const side = (row: object | null) => (row ? JSON.stringify(row) : 'no row')
  return `${site_id} ${event_date} ${table} ${JSON.stringify(key)}: should be ${side(expected)}, is ${side(stored)}`
}
