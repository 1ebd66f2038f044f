/** The players' lifecycle: which players changed, and their rows computed afresh from player_facts. */
import type { ClickHouse } from '../client.ts'

/** Which players to look at again: touched in [fromMs, toMs), or silent since `dormantBeforeMs` and not yet dormant. */
export interface PlayerWindow {
  readonly fromMs: number
  readonly toMs: number
  /** A player whose last event is older is dormant; milliseconds since 1970. */
  readonly dormantBeforeMs: number
}

/** One of `buckets` equal shares of the players, so that a large window is worked off in bounded memory. */
export interface Share {
  readonly bucket: number
  readonly buckets: number
}

const STALE_PLAYERS = `
  SELECT site_id, player_id FROM player_facts
  WHERE changed_at >= fromUnixTimestamp64Milli({fromMs:Int64}, 'UTC')
    AND changed_at < fromUnixTimestamp64Milli({toMs:Int64}, 'UTC')
  UNION DISTINCT
  SELECT site_id, player_id FROM players_log FINAL
  WHERE stage != 'dormant' AND last_event_at < fromUnixTimestamp64Milli({dormantBeforeMs:Int64}, 'UTC')`

const LIFECYCLES = `
  SELECT
    site_id,
    player_id,
    min(first_at) AS first_seen,
    max(last_at) AS last_event_at,
    minOrNullIf(first_at, event_type = 'registration') AS registration_at,
    minOrNullIf(first_at, event_type = 'deposit') AS deposit_at,
    length(groupUniqArrayArray(deposit_ids)) AS total_deposits,
    multiIf(
      last_event_at < fromUnixTimestamp64Milli({dormantBeforeMs:Int64}, 'UTC'), 'dormant',
      deposit_at IS NOT NULL, 'depositor',
      registration_at IS NOT NULL, 'registered',
      'visitor') AS stage,
    min(first_banner).3 AS banner_tag
  FROM player_facts
  WHERE (site_id, player_id) IN (
    SELECT site_id, player_id FROM (${STALE_PLAYERS})
    WHERE cityHash64(player_id) % {buckets:UInt32} = {bucket:UInt32})
  GROUP BY site_id, player_id`

const KEY =
  'site_id, player_id, first_seen, last_event_at, registration_at, deposit_at, total_deposits, stage, banner_tag'

/** ClickHouse's own clock, which stamps changed_at; milliseconds since 1970. */
export async function clickhouseNow(clickhouse: ClickHouse): Promise<number> {
  const [row] = await clickhouse.rows<{ now: number }>('SELECT toUnixTimestamp64Milli(now64(3)) AS now')
  return row?.now ?? 0
}

/** How many players the window holds. */
export async function countStalePlayers(clickhouse: ClickHouse, window: PlayerWindow): Promise<number> {
  const [row] = await clickhouse.rows<{ players: number }>(
    `SELECT count() AS players FROM (${STALE_PLAYERS})`,
    { ...window },
  )
  return row?.players ?? 0
}

/** Writes the lifecycle of the share's players, but only of those whose row is not yet so. */
export async function writeLifecycles(
  clickhouse: ClickHouse,
  window: PlayerWindow,
  share: Share,
): Promise<void> {
  await clickhouse.command(
    `INSERT INTO players_log (${KEY}, updated_at)
     SELECT ${KEY}, now64(3, 'UTC') FROM (
       SELECT ${KEY} FROM (${LIFECYCLES})
       EXCEPT
       SELECT ${KEY} FROM players WHERE cityHash64(player_id) % {buckets:UInt32} = {bucket:UInt32})`,
    { ...window, ...share },
  )
}

/** How many versions of players' rows were written since an instant of ClickHouse's clock. */
export async function countWrittenSince(clickhouse: ClickHouse, sinceMs: number): Promise<number> {
  const [row] = await clickhouse.rows<{ rows: number }>(
    `SELECT count() AS rows FROM players_log WHERE updated_at >= fromUnixTimestamp64Milli({sinceMs:Int64}, 'UTC')`,
    { sinceMs },
  )
  return row?.rows ?? 0
}
