/** What belongs to a player: found once, before anything is erased, and handed to export and erasure. */
import type { ClickHouse } from '../client.ts'
import { type Belongings, HOLDINGS, type ListName, mentionOf, type Part } from './holdings.ts'

/** A player of a site. */
export interface PlayerKey {
  readonly site_id: string
  readonly player_id: string
}

/** Values of a list that go into one statement: parameters travel in the request's address. */
const PER_STATEMENT = 1_000

/** Finds what belongs to a player. What is still on its way must have been taken up before. */
export async function findBelongings(clickhouse: ClickHouse, key: PlayerKey): Promise<Belongings> {
  const visitors = await ownedVisitorsOf(clickhouse, key)
  const subject = { ...key, visitors }
  const payments = await texts(clickhouse, PAYMENTS, key)
  const subjects = [key.player_id, ...visitors]
  const findings = await texts(clickhouse, FINDINGS, { ...key, subjects, payments })
  return {
    ...key,
    visitors,
    visitor_keys: await texts(clickhouse, VISITOR_KEYS, subject),
    sessions: await texts(clickhouse, SESSIONS, subject),
    recent_events: await texts(clickhouse, RECENT_EVENTS, subject),
    payments,
    findings,
    subjects,
    mentions: subjects.map(mentionOf),
  }
}

/** The visitors the player owns: the first whom an event named together with them. */
export const ownedVisitorsOf = (clickhouse: ClickHouse, key: PlayerKey) =>
  texts(clickhouse, OWNED_VISITORS, key)

async function texts(clickhouse: ClickHouse, sql: string, params: object): Promise<string[]> {
  const rows = await clickhouse.rows<{ text: string }>(`SELECT toString(text) AS text FROM (${sql})`, {
    ...params,
  })
  return rows.map(({ text }) => text)
}

const OWNED_VISITORS = `
  SELECT visitor_id AS text FROM (
    SELECT visitor_id, argMin(player_id, tuple(named, player_id)) AS owner FROM (
      SELECT visitor_id, player_id, min(named_at) AS named FROM visitor_players
      WHERE site_id = {site_id:String} AND visitor_id IN (
        SELECT visitor_id FROM player_visitors WHERE site_id = {site_id:String} AND player_id = {player_id:String})
      GROUP BY visitor_id, player_id)
    GROUP BY visitor_id)
  WHERE owner = {player_id:String} ORDER BY text`

const VISITOR_KEYS = `
  SELECT cityHash64('player', {player_id:String}) AS text
  UNION ALL SELECT cityHash64('visitor', visitor) FROM (SELECT arrayJoin({visitors:Array(String)}) AS visitor)`

/** The events of a player, and of the visitors the player owns where they name nobody. */
export const THEIR_EVENTS = `site_id = {site_id:String}
  AND (player_id = {player_id:String} OR (player_id = '' AND visitor_id IN {visitors:Array(String)}))`

const SESSIONS = `SELECT DISTINCT session_id AS text FROM events_log WHERE ${THEIR_EVENTS} AND session_id != ''`

const RECENT_EVENTS = `
  SELECT DISTINCT event_id AS text FROM events_log WHERE ${THEIR_EVENTS} AND event_date >= today() - 12`

const PAYMENTS = `
  SELECT DISTINCT payment_id AS text FROM payment_players
  WHERE site_id = {site_id:String} AND player_id = {player_id:String}`

const FINDINGS = `
  SELECT finding_id AS text FROM finding_states FINAL
  WHERE site_id = {site_id:String}
    AND ((subject_type IN ('player', 'client') AND subject IN {subjects:Array(String)})
      OR (subject_type IN ('deposit', 'purchase') AND subject IN {payments:Array(String)}))`

/** A condition with the values it needs. */
export interface Statement {
  readonly where: string
  readonly params: Readonly<Record<string, unknown>>
}

/** A holding's part as conditions that each name a bounded number of values. */
export function statementsOf({ where, list }: Part, belongings: Belongings): Statement[] {
  const key = { site_id: belongings.site_id, player_id: belongings.player_id }
  if (list === undefined) return [{ where, params: key }]
  const values = belongings[list]
  if (list === 'mentions')
    return shares(values, 20).map((some) => ({ where, params: { ...key, some: some.join('|') } }))
  return shares(values, PER_STATEMENT).map((some) => ({ where, params: { ...key, some } }))
}

/** A list in shares of at most `size`. */
export function shares<T>(values: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(values.length / size) }, (_, index) =>
    values.slice(index * size, (index + 1) * size),
  )
}

/** How many rows each table has of a player; tables without any are left out. */
export async function countRows(
  clickhouse: ClickHouse,
  belongings: Belongings,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { table, parts } of HOLDINGS) {
    let rows = 0
    for (const { where, params } of parts.flatMap((part) => statementsOf(part, belongings))) {
      const [row] = await clickhouse.rows<{ rows: number }>(
        `SELECT count() AS rows FROM ${table} WHERE ${where}`,
        params,
      )
      rows += row?.rows ?? 0
    }
    if (rows > 0) counts[table] = rows
  }
  return counts
}

export type { Belongings, ListName }
