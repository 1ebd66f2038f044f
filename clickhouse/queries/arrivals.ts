/** What the install screen asks: what came just now and whether it counts, and what of a pixel's numbers is there already. */
import type { ClickHouse } from '../client.ts'

/** Something that arrived: an event that counts, or one that was refused. */
export interface Arrival {
  readonly id: string
  /** When the edge took or refused it; milliseconds since 1970. */
  readonly at: number
  /** Empty where a refused one named none that could be read. */
  readonly event_type: string
  readonly player_id: string
  readonly domain: string
  readonly path: string
  readonly is_bot: boolean
  /** Why it does not count; empty when it does. */
  readonly reason: string
  readonly field: string
  readonly message: string
}

/**
 * The newest arrivals of a site, newest first.
 * Read from the log as it is, for `FINAL` over a busy day costs more than a second has; a redelivered event is shown once.
 * @param since milliseconds since 1970; a day back at most
 */
export const latestArrivals = (clickhouse: ClickHouse, site_id: string, since: number, limit: number) =>
  clickhouse.rows<Arrival>(
    `SELECT * FROM (
     SELECT toString(event_id) AS id, toUnixTimestamp64Milli(created_at) AS at, toString(event_type) AS event_type, player_id,
       toString(domain) AS domain, path, is_bot, '' AS reason, '' AS field, '' AS message
     FROM (
       SELECT event_id, created_at, event_type, player_id, domain, path, is_bot FROM events_log
       WHERE site_id = {site_id:String} AND event_date BETWEEN today() - 8 AND today() + 2
         AND created_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
       ORDER BY created_at DESC
       LIMIT 1 BY event_id
       LIMIT {limit:UInt32})
     UNION ALL
     SELECT toString(rejected_id), toUnixTimestamp64Milli(rejected_at), '', '', '', '', false, toString(reason), toString(field), message
     FROM (
       SELECT rejected_id, rejected_at, reason, field, message FROM rejected_events
       WHERE site_id = {site_id:String} AND status = 'rejected' AND rejected_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
       ORDER BY rejected_at DESC
       LIMIT {limit:UInt32}))
     ORDER BY at DESC, id
     LIMIT {limit:UInt32}`,
    { site_id, since, limit },
  )

/** When the newest event of a site came, ms since 1970, looked for from `since` on; 0 for none since. */
export async function newestArrival(clickhouse: ClickHouse, site_id: string, since: number): Promise<number> {
  const [row] = await clickhouse.rows<{ newest: number }>(
    `SELECT toUnixTimestamp64Milli(max(created_at)) AS newest FROM events_log
     WHERE site_id = {site_id:String} AND event_date BETWEEN today() - 8 AND today() + 2
       AND created_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
     SETTINGS max_execution_time = 5`,
    { site_id, since },
  )
  return Math.max(0, row?.newest ?? 0)
}

/** What an event that would come now is compared with. */
export interface EventKey {
  readonly site_id: string
  readonly event_date: string
  readonly event_type: string
  readonly event_id: string
  readonly player_id: string
  readonly transaction_id: string
}

/** What is there already. */
export interface Standing {
  /** The same event. */
  readonly same_event: boolean
  /** An event of the same player, day and type. */
  readonly same_day: boolean
  /** The banner of the first of them, which has the credit. */
  readonly credited: string
  /** The same payment, within a month. */
  readonly same_payment: boolean
}

/** What of an event's numbers is there already. */
export async function standingOf(clickhouse: ClickHouse, event: EventKey): Promise<Standing | undefined> {
  const [row] = await clickhouse.rows<Standing>(
    `SELECT
       toBool(countIf(event_id = {event_id:UUID}) > 0) AS same_event,
       toBool(countIf(player_id = {player_id:String} AND event_date = {event_date:Date}) > 0 AND {player_id:String} != '') AS same_day,
       argMinIf(toString(banner_tag), occurred_at, player_id = {player_id:String} AND event_date = {event_date:Date}) AS credited,
       toBool(countIf(transaction_id = {transaction_id:String}) > 0 AND {transaction_id:String} != '') AS same_payment
     FROM events_log
     WHERE site_id = {site_id:String} AND event_type = {event_type:String}
       AND event_date BETWEEN {event_date:Date} - {days:UInt8} AND {event_date:Date}`,
    // Only a payment is looked for beyond its day.
    { ...event, days: event.transaction_id === '' ? 0 : 31 },
  )
  return row
}
