/**
 * Counts days: moves what has newly arrived into player_days, every second. Readers count by themselves what this job has not counted
 * yet, so the numbers are right without it; it keeps them quick.
 *
 * An arrival is stamped when its block is made and can be read once the block is written. So the last seconds are looked at again by
 * the next run, and once a minute some more of them, for a block that was held up. Looking again changes nothing.
 */
import type { ClickHouse } from '@rtpx/clickhouse/client'
import { withLock } from '@rtpx/clickhouse/lock'
import {
  countRecordedSince,
  DAY_COUNTS_LOCK,
  dropArrivalsBefore,
  type FoldState,
  foldArrivals,
  foldBoundary,
  foldState,
  noteFold,
  noteLateDays,
} from '@rtpx/clickhouse/queries/day-counts'
import type { Job, JobResult } from '../job.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
/** A block is written this soon after its rows were stamped, as a rule. */
const LAG_MS = 2 * SECOND_MS
/** And this soon at the latest, short of a stopped machine: looked back at once a minute. */
const LONG_LAG_MS = 20 * SECOND_MS
/** Counted arrivals are kept for readers that began before. */
const KEEP_MS = 15 * MINUTE_MS
/** Arrivals looked at by one statement: bounds its memory. */
const ARRIVALS_PER_FOLD = 500_000

/** Where a run begins to look, or nothing when there is nothing to do, for readers neither. Pure. */
export function foldStart({ now, through, readFrom, foldedAt, newest }: FoldState): number | undefined {
  const isNewMinute = Math.floor(now / MINUTE_MS) !== Math.floor(foldedAt / MINUTE_MS)
  const since = isNewMinute ? Math.max(0, through - LONG_LAG_MS) : through
  return newest > Math.min(since, readFrom) ? since : undefined
}

/** Up to when arrivals are surely counted after a fold of those up to `until`. Pure. */
export function countedThrough({ now, through }: FoldState, until: number): number {
  return Math.max(through, Math.min(until, now - LAG_MS))
}

/** @param arrivalsPerFold arrivals looked at by one statement */
export function countDaysJob(arrivalsPerFold = ARRIVALS_PER_FOLD): Job {
  return {
    name: 'count-days',
    async run(clickhouse: ClickHouse): Promise<JobResult> {
      const state = await foldState(clickhouse)
      if (foldStart(state) === undefined) return { watermark: state.through, rows: 0 }
      return withLock(clickhouse, DAY_COUNTS_LOCK, () => foldAll(clickhouse, arrivalsPerFold))
    },
  }
}

async function foldAll(clickhouse: ClickHouse, arrivalsPerFold: number): Promise<JobResult> {
  const first = await foldState(clickhouse)
  let { through, foldedAt } = first
  let since = foldStart(first)
  while (since !== undefined && since < first.now) {
    const until = await foldBoundary(clickhouse, { since, latest: first.now, rows: arrivalsPerFold })
    const window = { since, until, foldedAt }
    await noteLateDays(clickhouse, window)
    await foldArrivals(clickhouse, window)
    through = Math.max(through, countedThrough(first, until))
    foldedAt = Math.max(first.now, foldedAt + 1)
    await noteFold(clickhouse, { foldedAt, through })
    since = until
  }
  await dropArrivalsBefore(clickhouse, through - KEEP_MS)
  return { watermark: through, rows: await countRecordedSince(clickhouse, first.now) }
}
