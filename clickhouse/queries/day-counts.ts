/**
 * The fold: moves what the newest arrivals change into player_days, so that readers have little left to count. It promises: whatever
 * has been counted is not counted again, in whatever portions arrivals are looked at; and a run cut off anywhere leaves the counts right.
 */
import type { ClickHouse } from '../client.ts'

/** The lock whoever writes player_days or day_counts_log holds. */
export const DAY_COUNTS_LOCK = 'day_counts_lock'

/** How far counting has come; all times of ClickHouse's clock, milliseconds since 1970. */
export interface FoldState {
  readonly now: number
  /** Arrivals up to here are counted. */
  readonly through: number
  /** Arrivals after this are worked out by readers: the run before the last had come so far. */
  readonly readFrom: number
  /** When the last run began; 0 before the first. */
  readonly foldedAt: number
  /** The newest arrival that stands in the table; 0 when it is empty. */
  readonly newest: number
}

export async function foldState(clickhouse: ClickHouse): Promise<FoldState> {
  const [state] = await clickhouse.rows<FoldState>(
    `SELECT
       toUnixTimestamp64Milli(now64(3)) AS now,
       (SELECT toUnixTimestamp64Milli(max(through)) FROM day_folds) AS through,
       (SELECT toUnixTimestamp64Milli(min(through)) FROM (
         SELECT through FROM day_folds ORDER BY folded_at DESC, through DESC LIMIT 2)) AS readFrom,
       (SELECT toUnixTimestamp64Milli(max(folded_at)) FROM day_folds) AS foldedAt,
       (SELECT toUnixTimestamp64Milli(max(arrived_at)) FROM player_day_arrivals) AS newest`,
  )
  return state ?? { now: 0, through: 0, readFrom: 0, foldedAt: 0, newest: 0 }
}

const WINDOW = `arrived_at > fromUnixTimestamp64Milli({since:Int64}, 'UTC')
  AND arrived_at <= fromUnixTimestamp64Milli({until:Int64}, 'UTC')`

/** Where to cut the arrivals after `since` so that about `rows` of them are looked at: that arrival's time, or `latest`. */
export async function foldBoundary(
  clickhouse: ClickHouse,
  { since, latest, rows }: { readonly since: number; readonly latest: number; readonly rows: number },
): Promise<number> {
  const [boundary] = await clickhouse.rows<{ at: number }>(
    `SELECT toUnixTimestamp64Milli(arrived_at) AS at FROM player_day_arrivals
     WHERE ${WINDOW} ORDER BY arrived_at LIMIT 1 OFFSET {rows:UInt64}`,
    { since, until: latest, rows },
  )
  return boundary?.at ?? latest
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
     SELECT site_id, event_date, max(arrived_at) FROM player_day_arrivals
     WHERE ${WINDOW} AND (site_id, event_date) IN (SELECT site_id, event_date FROM closed_days)
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

/** Notes that arrivals up to `through` are counted, by a run that began at `foldedAt`. */
export const noteFold = (
  clickhouse: ClickHouse,
  fold: { readonly foldedAt: number; readonly through: number },
) =>
  clickhouse.command(
    `INSERT INTO day_folds SELECT fromUnixTimestamp64Milli({foldedAt:Int64}, 'UTC'), fromUnixTimestamp64Milli({through:Int64}, 'UTC')`,
    { ...fold },
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

/** Drops arrivals that came before an instant, by tens of minutes. In a cluster their table has another name. */
export async function dropArrivalsBefore(clickhouse: ClickHouse, before: number): Promise<void> {
  const old = await clickhouse.rows<{ partition: string }>(
    `SELECT DISTINCT partition FROM system.parts
     WHERE active AND database = currentDatabase() AND table IN ('player_day_arrivals', 'player_day_arrivals_local')
       AND toUnixTimestamp(parseDateTimeBestEffortOrZero(partition, 'UTC')) + 600 <= intDiv({before:Int64}, 1000)`,
    { before },
  )
  for (const { partition } of old)
    await clickhouse.command('ALTER TABLE player_day_arrivals DROP PARTITION {partition:String}', {
      partition,
    })
}
