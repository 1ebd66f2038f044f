/** What is known of one player besides the events: lifecycle, visitors, touches, payments, sessions, findings. */
import type { ClickHouse, Params } from '../client.ts'
import { ownedVisitorsOf, type PlayerKey } from '../privacy/belongings.ts'
import type { Finding } from './integrity.ts'
import type { PlayerRow } from './player-list.ts'

/** Rows of each list at most. */
const MAX_ROWS = 200
const BOUNDED = 'SETTINGS max_execution_time = 8, max_memory_usage = 2000000000'
const OF_PLAYER = 'site_id = {site_id:String} AND player_id = {player_id:String}'

export interface PlayerLifecycle extends PlayerRow {
  readonly reactivated_at: string | null
  readonly days_to_registration: number | null
  readonly days_to_deposit: number | null
  readonly updated_at: number
}

/** The player's row; undefined before the aggregator has written one. */
export async function playerLifecycle(
  clickhouse: ClickHouse,
  key: PlayerKey,
): Promise<PlayerLifecycle | undefined> {
  const [row] = await clickhouse.rows<PlayerLifecycle>(
    `SELECT player_id, stage, banner_tag, converting_banner_tag, toUnixTimestamp64Milli(p.first_seen) AS first_seen,
       toUnixTimestamp64Milli(p.last_event_at) AS last_event_at, toUnixTimestamp64Milli(p.registration_at) AS registration_at,
       toUnixTimestamp64Milli(p.deposit_at) AS deposit_at, total_deposits, amounts, p.reactivated_at AS reactivated_at,
       days_to_registration, days_to_deposit, toUnixTimestamp64Milli(p.updated_at) AS updated_at
     FROM players AS p WHERE ${OF_PLAYER} ${BOUNDED}`,
    { ...key },
  )
  return row
}

/** Whether any event names the player: the facts know, or the log of the last days. */
export async function playerExists(clickhouse: ClickHouse, key: PlayerKey): Promise<boolean> {
  const rows = await clickhouse.rows(
    `SELECT 1 FROM (
       SELECT 1 FROM player_facts WHERE ${OF_PLAYER} LIMIT 1
       UNION ALL
       SELECT 1 FROM events_log WHERE ${OF_PLAYER} AND event_date >= today() - 1 LIMIT 1)
     LIMIT 1 ${BOUNDED}`,
    { ...key },
  )
  return rows.length > 0
}

export interface PlayerVisitor {
  readonly visitor_id: string
  /** When an event first named both; ms. */
  readonly named_at: number
  /** What the visitor does without a name counts for the player who was named with it first. */
  readonly is_owned: boolean
}

/** The visitors that were named together with the player, oldest first. */
export async function playerVisitors(clickhouse: ClickHouse, key: PlayerKey): Promise<PlayerVisitor[]> {
  const owned = new Set(await ownedVisitorsOf(clickhouse, key))
  const rows = await clickhouse.rows<Omit<PlayerVisitor, 'is_owned'>>(
    `SELECT visitor_id, toUnixTimestamp64Milli(min(named_at)) AS named_at FROM visitor_players
     WHERE site_id = {site_id:String} AND player_id = {player_id:String} AND visitor_id IN (
       SELECT visitor_id FROM player_visitors WHERE ${OF_PLAYER})
     GROUP BY visitor_id ORDER BY named_at, visitor_id LIMIT ${MAX_ROWS} ${BOUNDED}`,
    { ...key },
  )
  return rows.map((row) => ({ ...row, is_owned: owned.has(row.visitor_id) }))
}

export interface PlayerTouch {
  readonly banner_tag: string
  readonly touches: number
  readonly first_at: number
  readonly last_at: number
  /** The first one was before the player had a name. */
  readonly was_anonymous: boolean
}

/** The banners that reached the player, in order of their first touch. @param visitors those the player owns */
export const playerTouches = (clickhouse: ClickHouse, key: PlayerKey, visitors: readonly string[]) =>
  clickhouse.rows<PlayerTouch>(
    `SELECT toString(t.banner_tag) AS banner_tag, uniqExact(event_id) AS touches, toUnixTimestamp64Milli(min(occurred_at)) AS first_at,
       toUnixTimestamp64Milli(max(occurred_at)) AS last_at, argMin(player_id = '', occurred_at) = 1 AS was_anonymous
     FROM player_touches AS t
     WHERE site_id = {site_id:String} AND (player_id, visitor_id) IN (
       SELECT {player_id:String}, '' UNION ALL SELECT '', arrayJoin({visitors:Array(String)}))
     GROUP BY banner_tag ORDER BY first_at, banner_tag LIMIT ${MAX_ROWS} ${BOUNDED}`,
    { ...key, visitors },
  )

/** One thing that was said of a payment. */
interface Variant {
  readonly event_type: string
  readonly payment_id: string
  readonly player_id: string
  readonly event_date: string
  readonly currency: string
  readonly amount: string
  readonly has_amount: boolean
  readonly created_at: number
  readonly event_id: string
}

export interface PlayerPayment {
  readonly event_type: string
  readonly payment_id: string
  readonly event_date: string
  readonly currency: string
  readonly amount: string | null
  /** The payment counts for this player: the first of its events to arrive named it. */
  readonly counts: boolean
  /** Other amounts, currencies or players it was sent with, in order of arrival. */
  readonly conflicts: readonly Pick<Variant, 'currency' | 'amount' | 'player_id' | 'event_id'>[]
}

/** The payments that named the player, newest first, with what contradicts them. */
export async function playerPayments(clickhouse: ClickHouse, key: PlayerKey): Promise<PlayerPayment[]> {
  const variants = await clickhouse.rows<Variant>(
    `SELECT toString(event_type) AS event_type, payment_id, player_id, event_date, toString(v.currency) AS currency, amount, has_amount,
       toUnixTimestamp64Milli(tupleElement(said, 'created_at')) AS created_at, tupleElement(said, 'event_id') AS event_id
     FROM (
       SELECT event_type, payment_id, player_id, event_date, currency, amount, has_amount, min(first) AS said
       FROM payment_variants
       WHERE site_id = {site_id:String} AND event_type IN ('deposit', 'purchase') AND payment_id IN (
         SELECT payment_id FROM payment_players WHERE ${OF_PLAYER} ORDER BY tupleElement(identity(first), 'created_at') DESC LIMIT ${MAX_ROWS})
       GROUP BY event_type, payment_id, player_id, event_date, currency, amount, has_amount) AS v
     ORDER BY created_at, event_id ${BOUNDED}`,
    { ...key },
  )
  const groups = Map.groupBy(variants, ({ event_type, payment_id }) => `${event_type} ${payment_id}`)
  return [...groups.values()]
    .filter((said) => said.some(({ player_id }) => player_id === key.player_id))
    .map((said) => paymentOf(said, key.player_id))
    .sort((a, b) => (a.event_date < b.event_date ? 1 : a.event_date > b.event_date ? -1 : 0))
}

function paymentOf(said: readonly Variant[], player_id: string): PlayerPayment {
  const [first, ...others] = said as [Variant, ...Variant[]]
  const { event_type, payment_id, event_date, currency, amount, has_amount } = first
  const differs = (other: Variant) =>
    other.currency !== currency ||
    other.amount !== amount ||
    other.has_amount !== has_amount ||
    other.player_id !== first.player_id
  return {
    event_type,
    payment_id,
    event_date,
    currency,
    amount: has_amount ? amount : null,
    counts: first.player_id === player_id,
    conflicts: others.filter(differs).map(({ currency, amount, player_id, event_id }) => ({
      currency,
      amount,
      player_id,
      event_id,
    })),
  }
}

export interface PlayerSession {
  readonly event_date: string
  readonly started_at: number
  readonly duration_ms: number
  readonly views: number
  readonly entry_path: string
  readonly exit_path: string
  readonly source: string
  readonly channel: string
  readonly banner_tag: string
  readonly country: string
  readonly device: string
  readonly browser: string
}

/** The sessions of closed days that named the player, newest first. */
export const playerSessions = (clickhouse: ClickHouse, key: PlayerKey) =>
  clickhouse.rows<PlayerSession>(
    `SELECT event_date, toUnixTimestamp64Milli(s.started_at) AS started_at, duration_ms, views, entry_path, exit_path, source, channel, banner_tag,
       country, device, browser
     FROM sessions AS s
     WHERE ${OF_PLAYER} AND event_date IN (
       SELECT arrayJoin(arrayFlatten(arrayMap(day -> [day - 1, day, day + 1], active_days))) FROM player_facts WHERE ${OF_PLAYER})
     ORDER BY s.started_at DESC LIMIT 50 ${BOUNDED}`,
    { ...key },
  )

/** Findings about the player, the player's visitors' clocks and payments, newest first. */
export function playerFindings(
  clickhouse: ClickHouse,
  key: PlayerKey,
  about: { readonly visitors: readonly string[]; readonly payments: readonly string[] },
): Promise<Finding[]> {
  const params: Params = { ...key, ...about }
  return clickhouse.rows<Finding>(
    `SELECT finding_id, kind, subject_type, subject, event_date, first_seen_at, evidence, status, note, changed_by, changed_at
     FROM findings
     WHERE site_id = {site_id:String} AND (
       (subject_type IN ('player', 'client') AND (subject = {player_id:String} OR subject IN {visitors:Array(String)}))
       OR (subject_type IN ('deposit', 'purchase') AND subject IN {payments:Array(String)}))
     ORDER BY event_date DESC, kind LIMIT ${MAX_ROWS} ${BOUNDED}`,
    params,
  )
}
