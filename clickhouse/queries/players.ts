/**
 * The players' lifecycle: whom to look at again, and their rows computed afresh from the facts.
 *
 * A run's players are listed in `player_work` under the run's own number, so that runs side by side do not meet. They are worked off
 * in shares, each a range of the tables' order: all shares together read each table about once, and each needs bounded memory.
 */
import type { ClickHouse } from '../client.ts'
import { amongFew, amongMany, LIFECYCLE_COLUMNS, lifecycles, SHARE } from './player-lifecycles.ts'

/** The players of a run after one key, up to and with another. */
export interface Share {
  readonly run: number
  readonly after_site: string
  readonly after_player: string
  readonly last_site: string
  readonly last_player: string
  /** How many they are. */
  readonly players: number
}

/** How far back `player_changes` reaches, with room to spare; ms. Who was away for longer looks at all players. */
export const CHANGES_KEPT_MS = 5 * 3_600_000
/** Players worked off by one statement. */
const PLAYERS_PER_SHARE = 50_000
/** Up to so many the tables' indexes are asked for; more are found by reading the keys. */
const FEW_PLAYERS = 2_000
/** Memory one statement may take, bytes; aggregations that need more go on with the disk. */
const BOUNDED = `max_memory_usage = 2000000000, max_bytes_before_external_group_by = 500000000,
  max_bytes_before_external_sort = 500000000`
/** Earlier owners of a visitor, and players of a payment, that are looked at: the first so many, of whom the owner is one. */
const MAX_RIVALS = 100

const CHANGED = `changed_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')`

const CHANGED_PLAYERS = `
  SELECT site_id, player_id FROM player_changes WHERE ${CHANGED} AND player_id != ''
  UNION ALL
  SELECT site_id, player_id FROM (
    SELECT site_id, visitor_id, player_id, min(named_at) AS named FROM visitor_players
    WHERE ${amongMany('visitor_id', `SELECT site_id, visitor_id FROM player_changes WHERE ${CHANGED} AND visitor_id != ''`)}
    GROUP BY site_id, visitor_id, player_id
    ORDER BY site_id, visitor_id, named, player_id LIMIT ${MAX_RIVALS} BY site_id, visitor_id)
  UNION ALL
  SELECT site_id, player_id FROM (
    SELECT site_id, event_type, payment_id, player_id, min(first) AS said FROM payment_variants
    WHERE (site_id, event_type, payment_id) IN (SELECT site_id, event_type, payment_id FROM payment_changes WHERE ${CHANGED})
      AND (site_id, event_type, payment_id) IN (SELECT site_id, event_type, payment_id FROM payment_places)
    GROUP BY site_id, event_type, payment_id, player_id
    ORDER BY site_id, event_type, payment_id, said LIMIT ${MAX_RIVALS} BY site_id, event_type, payment_id)
  WHERE player_id != ''`

/** ClickHouse's own clock, which stamps changes; milliseconds since 1970. */
export async function clickhouseNow(clickhouse: ClickHouse): Promise<number> {
  const [row] = await clickhouse.rows<{ now: number }>('SELECT toUnixTimestamp64Milli(now64(3)) AS now')
  return row?.now ?? 0
}

/**
 * Lists the players to look at again: those touched, those whose visitors were touched, those whose payments moved.
 * @param run a number no other run has
 * @param since instant from which changes count, by ClickHouse's clock, ms; null for every player
 */
export async function listStalePlayers(
  clickhouse: ClickHouse,
  run: number,
  since: number | null,
): Promise<void> {
  const players = since === null ? 'SELECT site_id, player_id FROM player_facts' : CHANGED_PLAYERS
  const distinct = since === null ? '' : 'DISTINCT'
  await clickhouse.command(
    `INSERT INTO player_work (run, site_id, player_id)
     SELECT ${distinct} {run:Int64}, site_id, player_id FROM (${players}) SETTINGS ${BOUNDED}`,
    { run, since: since ?? 0 },
  )
}

/** The share that follows another, or the first; null when the run's work is done. */
export async function nextShare(clickhouse: ClickHouse, run: number, before?: Share): Promise<Share | null> {
  const after = { after_site: before?.last_site ?? '', after_player: before?.last_player ?? '' }
  const [row] = await clickhouse.rows<{ players: number; last_site: string; last_player: string }>(
    `SELECT count() AS players, max(tuple(site_id, player_id)) AS last, last.1 AS last_site, last.2 AS last_player FROM (
       SELECT toString(site_id) AS site_id, player_id FROM player_work
       WHERE run = {run:Int64} AND (site_id, player_id) > ({after_site:String}, {after_player:String})
       ORDER BY player_work.site_id, player_id LIMIT {limit:UInt32})`,
    { run, ...after, limit: PLAYERS_PER_SHARE },
  )
  if (!row?.players) return null
  return { run, ...after, last_site: row.last_site, last_player: row.last_player, players: row.players }
}

/** Forgets the run's list, and those that runs killed more than an hour ago left behind. */
export async function forgetWork(clickhouse: ClickHouse, run: number): Promise<void> {
  const runs = await clickhouse.rows<{ run: number }>(
    `SELECT DISTINCT run FROM player_work WHERE run = {run:Int64} OR run < {old:Int64}`,
    { run, old: run - 3_600_000 * RUNS_PER_MS },
  )
  for (const { run: old } of runs)
    await clickhouse.command(`ALTER TABLE player_work DROP PARTITION ${Math.trunc(old)}`)
}

const RUNS_PER_MS = 1_000

/** A number for a run: its beginning (ms), and chance, so that two runs begun at once differ. */
export const runNumber = (now: number, random: () => number) =>
  now * RUNS_PER_MS + Math.floor(random() * RUNS_PER_MS)

/**
 * Writes the lifecycle of the share's players, but only of those whose row is not yet so.
 * @param writtenAt the version: when the run began, by ClickHouse's clock, ms. A run that reads later wins
 */
export async function writeLifecycles(
  clickhouse: ClickHouse,
  share: Share,
  rule: { readonly dormant_after_days: number; readonly writtenAt: number },
): Promise<void> {
  const columns = LIFECYCLE_COLUMNS.join(', ')
  const among = share.players > FEW_PLAYERS ? amongMany : amongFew
  await clickhouse.command(
    `INSERT INTO players_log (${columns}, state_hash, updated_at)
     SELECT ${columns}, cityHash64(toString(tuple(${columns}))) AS state_hash, fromUnixTimestamp64Milli({writtenAt:Int64}, 'UTC')
     FROM (${lifecycles(among)})
     WHERE (site_id, player_id, state_hash) NOT IN (
       SELECT site_id, player_id, state_hash FROM players_log FINAL PREWHERE ${among('player_id', SHARE)})
     SETTINGS ${BOUNDED}`,
    { ...share, ...rule },
  )
}

/** How many versions of players' rows a run has written. @param writtenAt as given to writeLifecycles */
export async function countWritten(clickhouse: ClickHouse, writtenAt: number): Promise<number> {
  const [row] = await clickhouse.rows<{ rows: number }>(
    `SELECT count() AS rows FROM players_log WHERE updated_at = fromUnixTimestamp64Milli({writtenAt:Int64}, 'UTC')`,
    { writtenAt },
  )
  return row?.rows ?? 0
}

/** The rule all players were last brought in line with: days until dormant; 0 before there was one. */
export async function dormantRule(clickhouse: ClickHouse): Promise<number> {
  const [row] = await clickhouse.rows<{ days: number }>(
    `SELECT argMax(dormant_after_days, set_at) AS days FROM player_rules`,
  )
  return row?.days ?? 0
}

/** Notes that all players are in line with a rule. */
export async function setDormantRule(clickhouse: ClickHouse, dormant_after_days: number): Promise<void> {
  await clickhouse.command(
    `INSERT INTO player_rules (dormant_after_days, set_at) VALUES ({dormant_after_days:UInt32}, now64(3))`,
    { dormant_after_days },
  )
}
