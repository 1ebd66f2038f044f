/**
 * The fold: moves what the newest arrivals change into player_days, so that readers have little left to count. Arrivals are moved
 * aside first, so that none is skipped, whenever its block became readable. It promises: whatever has been counted is not counted
 * again, in whatever portions arrivals are looked at; and a run cut off anywhere leaves the counts right.
 */
import type { ClickHouse } from '../client.ts'
import { type Held, withLock } from '../lock.ts'

const WAIT_MS = 200
const AFTER = "arrived_at > fromUnixTimestamp64Milli({since:Int64}, 'UTC')"

/**
 * Runs work that writes player_days or day_counts_log: each such work alone. Of a holder that was killed, ClickHouse may still be at a
 * statement; what that writes must be there before anyone works out what is left to write.
 */
export const withDayCounts = <T>(clickhouse: ClickHouse, work: (held: Held) => Promise<T>) =>
  withLock(clickhouse, 'day_counts_lock', async (held) => {
    while (await isWriting(clickhouse)) await Bun.sleep(WAIT_MS)
    return work(held)
  })

async function isWriting(clickhouse: ClickHouse): Promise<boolean> {
  const rows = await clickhouse.rows(
    `SELECT 1 FROM system.processes
     WHERE current_database = currentDatabase()
       AND (startsWith(query, 'INSERT INTO player_days') OR startsWith(query, 'INSERT INTO day_counts_log')) LIMIT 1`,
  )
  return rows.length > 0
}

/** What there is to count; all times of ClickHouse's clock, milliseconds since 1970. */
export interface FoldState {
  readonly now: number
  /** When the last run began; 0 before the first. */
  readonly foldedAt: number
  /** Arrivals that nobody has moved aside yet. */
  readonly waiting: number
  /** Those moved aside and not counted, or not known to be: their run was cut off. */
  readonly taken: number
}

export async function foldState(clickhouse: ClickHouse): Promise<FoldState> {
  const [state] = await clickhouse.rows<FoldState>(
    `SELECT
       toUnixTimestamp64Milli(now64(3)) AS now,
       (SELECT toUnixTimestamp64Milli(max(folded_at)) FROM day_folds) AS foldedAt,
       (SELECT count() FROM player_day_arrivals) AS waiting,
       (SELECT count() FROM player_day_arrivals_taken) AS taken`,
  )
  return state ?? { now: 0, foldedAt: 0, waiting: 0, taken: 0 }
}

/** The pieces in which arrivals are moved aside, tens of minutes, the oldest first. In a cluster their table has another name. */
export async function arrivalPieces(clickhouse: ClickHouse): Promise<string[]> {
  const pieces = await clickhouse.rows<{ partition: string }>(
    `SELECT DISTINCT partition FROM system.parts
     WHERE active AND database = currentDatabase() AND table IN ('player_day_arrivals', 'player_day_arrivals_local')
     ORDER BY partition`,
  )
  return pieces.map(({ partition }) => partition)
}

/** Moves a piece aside, whole: a reader finds its rows in one table or in the other. */
export const takeArrivals = (clickhouse: ClickHouse, partition: string) =>
  clickhouse.command(
    'ALTER TABLE player_day_arrivals MOVE PARTITION {partition:String} TO TABLE player_day_arrivals_taken',
    { partition },
  )

/** Where to cut what was moved aside, so that about `rows` of what came after `since` are looked at; undefined when nothing did. */
export async function foldBoundary(
  clickhouse: ClickHouse,
  { since, rows }: { readonly since: number; readonly rows: number },
): Promise<number | undefined> {
  const boundaries = await clickhouse.rows<{ at: number }>(
    `SELECT toUnixTimestamp64Milli(cut) AS at FROM (
       SELECT arrived_at AS cut FROM player_day_arrivals_taken WHERE ${AFTER} ORDER BY arrived_at LIMIT 1 OFFSET {rows:UInt64}
       UNION ALL
       SELECT max(arrived_at) AS cut FROM player_day_arrivals_taken WHERE ${AFTER} HAVING count() > 0)
     ORDER BY at LIMIT 1`,
    { since, rows },
  )
  return boundaries[0]?.at
}

/** The arrivals in (since, until]. */
export interface FoldWindow {
  readonly since: number
  readonly until: number
  /** `foldedAt` of the state the window was chosen from: when another run has come in between, nothing is written. */
  readonly foldedAt: number
}

/** Notes closed days that the arrivals are of. */
export const noteLateDays = (clickhouse: ClickHouse, { since, until }: FoldWindow) =>
  clickhouse.command(
    `INSERT INTO late_days
     SELECT site_id, event_date, max(arrived_at) FROM player_day_arrivals_taken
     WHERE ${AFTER} AND arrived_at <= fromUnixTimestamp64Milli({until:Int64}, 'UTC')
       AND (site_id, event_date) IN (SELECT site_id, event_date FROM closed_days)
     GROUP BY site_id, event_date`,
    { since, until },
  )

/**
 * Writes what the arrivals change. A day's rows are one block, hence one part: all of them stand, or none. Each row carries its own
 * change, so days may be written and others not: the next run finds what is left.
 */
export const foldArrivals = (clickhouse: ClickHouse, window: FoldWindow) =>
  clickhouse.command(
    `INSERT INTO player_days
       (site_id, event_date, event_type, banner_tag, quarter, player_key, pair_key, first_at, first_id, count, players, recorded_at)
     SELECT site_id, event_date, event_type, banner_tag, quarter, player_key, pair_key, first_at, first_id, count, players, now64(3, 'UTC')
     FROM player_day_changes(
       since = fromUnixTimestamp64Milli({since:Int64}, 'UTC'), until = fromUnixTimestamp64Milli({until:Int64}, 'UTC'))
     WHERE (SELECT max(folded_at) FROM day_folds) = fromUnixTimestamp64Milli({foldedAt:Int64}, 'UTC')
     SETTINGS min_insert_block_size_rows = 1000000000, min_insert_block_size_bytes = 0, max_insert_threads = 1,
       max_partitions_per_insert_block = 0`,
    { ...window },
  )

/** Forgets what was moved aside: it is counted. */
export const forgetTaken = (clickhouse: ClickHouse) =>
  clickhouse.command('TRUNCATE TABLE player_day_arrivals_taken')

/** Notes that a run that began at `foldedAt` has counted. Versions before 0026 look at all arrivals that stand there. */
export const noteFold = (clickhouse: ClickHouse, foldedAt: number) =>
  clickhouse.command(
    `INSERT INTO day_folds SELECT fromUnixTimestamp64Milli({foldedAt:Int64}, 'UTC'), fromUnixTimestamp64Milli(0, 'UTC')`,
    { foldedAt },
  )

/** How many rows of player_days were recorded since an instant: only parts written since are looked at. */
export async function countRecordedSince(clickhouse: ClickHouse, since: number): Promise<number> {
  const [row] = await clickhouse.rows<{ rows: number }>(
    `SELECT count() AS rows FROM player_days
     WHERE recorded_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC') AND _part IN (
       SELECT name FROM system.parts
       WHERE database = currentDatabase() AND table IN ('player_days', 'player_days_local') AND active
         AND modification_time >= toDateTime(intDiv({since:Int64}, 1000) - 1))`,
    { since },
  )
  return row?.rows ?? 0
}
