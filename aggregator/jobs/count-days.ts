/**
 * Counts days: moves what has newly arrived into player_days, every second. Readers count by themselves what this job has not counted
 * yet, so the numbers are right without it; it keeps them quick.
 *
 * What stands in the table of arrivals is moved aside, counted, and forgotten, piece by piece. A run that was killed is done again with
 * what it had moved aside: looking at it again changes nothing.
 */
import type { ClickHouse } from '@rtpx/clickhouse/client'
import type { Held } from '@rtpx/clickhouse/lock'
import {
  arrivalPieces,
  countRecordedSince,
  foldArrivals,
  foldBoundary,
  foldState,
  forgetTaken,
  noteFold,
  noteLateDays,
  takeArrivals,
  withDayCounts,
} from '@rtpx/clickhouse/queries/day-counts'
import { lastCounted } from '@rtpx/clickhouse/queries/metrics'
import type { Job, JobResult } from '../job.ts'

/** Arrivals looked at by one statement: bounds its memory, to about 350 MB beside three million counted players. */
const ARRIVALS_PER_FOLD = 200_000

/** @param arrivalsPerFold arrivals looked at by one statement */
export function countDaysJob(arrivalsPerFold = ARRIVALS_PER_FOLD): Job {
  return {
    name: 'count-days',
    async run(clickhouse: ClickHouse): Promise<JobResult> {
      const { foldedAt, waiting, taken } = await foldState(clickhouse)
      if (waiting + taken === 0) return { watermark: foldedAt, rows: 0 }
      return withDayCounts(clickhouse, (held) => countArrivals(clickhouse, arrivalsPerFold, held))
    },
  }
}

async function countArrivals(
  clickhouse: ClickHouse,
  arrivalsPerFold: number,
  held: Held,
): Promise<JobResult> {
  const { now, taken, foldedAt } = await foldState(clickhouse)
  let last = foldedAt
  const count = async () => {
    await countTaken(clickhouse, { arrivalsPerFold, foldedAt: last, held })
    last = Math.max(now, last + 1)
    await noteFold(clickhouse, last)
  }
  if (taken > 0) await count()
  for (const piece of await arrivalPieces(clickhouse)) {
    held()
    await takeArrivals(clickhouse, piece)
    await count()
  }
  return { watermark: last, rows: await countRecordedSince(clickhouse, now) }
}

interface Counting {
  readonly arrivalsPerFold: number
  /** When the run before this one began. */
  readonly foldedAt: number
  readonly held: Held
}

/** @throws when another run has come in between: what it has moved aside must not be forgotten here */
async function countTaken(clickhouse: ClickHouse, { arrivalsPerFold, foldedAt, held }: Counting) {
  const boundaryAfter = (since: number) => foldBoundary(clickhouse, { since, rows: arrivalsPerFold })
  let since = 0
  for (let until = await boundaryAfter(since); until !== undefined; until = await boundaryAfter(since)) {
    const window = { since, until, foldedAt }
    held()
    await noteLateDays(clickhouse, window)
    await foldArrivals(clickhouse, window)
    since = until
  }
  const lastFold = await lastCounted(clickhouse)
  held()
  if (lastFold !== foldedAt) throw new Error('another run of count-days has come in between')
  await forgetTaken(clickhouse)
}
