/** Which players there are: a search, a segment, an order, a page at a time. Values are bound; every question ends after some seconds. */
import type { ClickHouse, Params } from '../client.ts'
import type { CompiledSegment } from '../segments/compile.ts'
import { orOnlyPeople } from './known-bots.ts'

/** Times are milliseconds since 1970. */
export interface PlayerRow {
  readonly player_id: string
  readonly stage: string
  readonly banner_tag: string
  readonly converting_banner_tag: string
  readonly first_seen: number
  readonly last_event_at: number
  readonly registration_at: number | null
  readonly deposit_at: number | null
  readonly total_deposits: number
  /** Exact amounts by currency. */
  readonly amounts: Readonly<Record<string, string>>
}

/** Whom to list. */
export interface PlayerQuestion {
  readonly site_id: string
  /** The beginning of a player's id, or a whole visitor or transaction; empty: everybody. */
  readonly search: string
  readonly segment: CompiledSegment
  /** Without, players all of whose events came from known bots are left out. */
  readonly with_bots?: boolean
}

export const PLAYER_ORDERS = [
  'last_event_at',
  'first_seen',
  'registration_at',
  'deposit_at',
  'total_deposits',
  'player_id',
] as const
export type PlayerOrder = (typeof PLAYER_ORDERS)[number]

/** Where a page begins: after the player with this place in the order. */
export interface Cursor {
  /** The value ordered by: a time in ms, a number, or 0 where there is none; of `player_id` unused. */
  readonly key: number
  readonly player_id: string
}

export interface PageAsked {
  readonly order: PlayerOrder
  readonly descending: boolean
  readonly limit: number
  readonly after?: Cursor | undefined
}

const KEYS: Readonly<Record<PlayerOrder, string>> = {
  last_event_at: 'toUnixTimestamp64Milli(last_event_at)',
  first_seen: 'toUnixTimestamp64Milli(first_seen)',
  registration_at: 'ifNull(toUnixTimestamp64Milli(registration_at), 0)',
  deposit_at: 'ifNull(toUnixTimestamp64Milli(deposit_at), 0)',
  total_deposits: 'toInt64(total_deposits)',
  player_id: 'toInt64(0)',
}

/** No question holds the engine for long: a page waits less than a person does. */
const BOUNDED = `SETTINGS max_execution_time = 8, max_memory_usage = 2000000000,
  max_bytes_before_external_group_by = 500000000, max_bytes_before_external_sort = 500000000`

const SEARCH = `(startsWith(player_id, {search:String})
  OR player_id IN (SELECT player_id FROM visitor_players WHERE site_id = {site_id:String} AND visitor_id = {search:String})
  OR player_id IN (SELECT player_id FROM payment_variants WHERE site_id = {site_id:String}
    AND event_type IN ('deposit', 'purchase') AND payment_id = {search:String}))`

function matching({ site_id, search, segment, with_bots = true }: PlayerQuestion): {
  where: string
  params: Params
} {
  const where = `site_id = {site_id:String} AND ${search === '' ? 'true' : SEARCH} AND ${segment.where} AND ${orOnlyPeople(with_bots)}`
  return { where, params: { ...segment.params, site_id, search } }
}

/** How many players match, by stage. */
export async function countPlayers(
  clickhouse: ClickHouse,
  question: PlayerQuestion,
): Promise<Record<string, number>> {
  const { where, params } = matching(question)
  const rows = await clickhouse.rows<{ stage: string; players: number }>(
    `SELECT stage, count() AS players FROM players WHERE ${where} GROUP BY stage ORDER BY stage ${BOUNDED}`,
    params,
  )
  return Object.fromEntries(rows.map(({ stage, players }) => [stage, players]))
}

/** A page of matching players with the places of each in the order. */
export async function listPlayers(
  clickhouse: ClickHouse,
  question: PlayerQuestion,
  { order, descending, limit, after }: PageAsked,
): Promise<(PlayerRow & { readonly order_key: number })[]> {
  const { where, params } = matching(question)
  const direction = descending ? 'DESC' : 'ASC'
  const place = after
    ? `AND (${KEYS[order]}, player_id) ${descending ? '<' : '>'} ({after_key:Int64}, {after_player:String})
       ${order === 'player_id' ? `AND player_id ${descending ? '<' : '>'} {after_player:String}` : ''}`
    : ''
  return clickhouse.rows(
    `SELECT player_id, stage, banner_tag, converting_banner_tag,
       toUnixTimestamp64Milli(p.first_seen) AS first_seen, toUnixTimestamp64Milli(p.last_event_at) AS last_event_at,
       toUnixTimestamp64Milli(p.registration_at) AS registration_at, toUnixTimestamp64Milli(p.deposit_at) AS deposit_at,
       total_deposits, amounts, order_key
     FROM (SELECT *, ${KEYS[order]} AS order_key FROM players WHERE ${where} ${place}
       ORDER BY order_key ${direction}, player_id ${direction} LIMIT {limit:UInt32}) AS p
     ORDER BY order_key ${direction}, player_id ${direction} ${BOUNDED}`,
    { ...params, limit, after_key: after?.key ?? 0, after_player: after?.player_id ?? '' },
  )
}

/** Rows of one answer while all are read. */
const EXPORT_ROWS = 5_000

/** Every matching player, by id, in portions: memory stays bounded however many there are. */
export async function* everyPlayer(
  clickhouse: ClickHouse,
  question: PlayerQuestion,
): AsyncGenerator<readonly PlayerRow[]> {
  let after: Cursor | undefined
  for (;;) {
    const page = { order: 'player_id', descending: false, limit: EXPORT_ROWS, after } as const
    const rows = await listPlayers(clickhouse, question, page)
    if (rows.length > 0) yield rows
    const last = rows.at(-1)
    if (!last || rows.length < EXPORT_ROWS) return
    after = { key: 0, player_id: last.player_id }
  }
}

/** The acquiring banners of a site's players: the most frequent, by name. */
export const suggestBanners = (clickhouse: ClickHouse, site_id: string) =>
  clickhouse.rows<{ banner_tag: string }>(
    `SELECT banner_tag FROM (
       SELECT toString(banner_tag) AS banner_tag, count() AS players FROM players_log
       WHERE site_id = {site_id:String} AND banner_tag != '' GROUP BY banner_tag ORDER BY players DESC LIMIT 200)
     ORDER BY banner_tag ${BOUNDED}`,
    { site_id },
  )

/** The countries, devices and currencies that players of a site have. */
export async function suggestTraits(
  clickhouse: ClickHouse,
  site_id: string,
): Promise<{ countries: string[]; devices: string[]; currencies: string[] }> {
  const [row] = await clickhouse.rows<{ countries: string[]; devices: string[]; currencies: string[] }>(
    `SELECT
       (SELECT arraySort(groupUniqArray(300)(toString(country))) FROM player_traits WHERE site_id = {site_id:String} AND country != '') AS countries,
       (SELECT arraySort(groupUniqArray(20)(toString(device))) FROM player_traits WHERE site_id = {site_id:String} AND device != '') AS devices,
       (SELECT arraySort(groupUniqArrayIf(200)(currency, currency != '')) FROM (
         SELECT tupleElement(identity(first), 'currency') AS currency FROM payment_players WHERE site_id = {site_id:String})) AS currencies
     ${BOUNDED}`,
    { site_id },
  )
  return row ?? { countries: [], devices: [], currencies: [] }
}
