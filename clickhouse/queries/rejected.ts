/** What does not count, and judging it again: the refusals, the verdicts written back, and the numbers around them. */
import type { ClickHouse } from '../client.ts'

/** A row of `rejected_events`, times in milliseconds since 1970. */
export interface RejectedRow {
  readonly rejected_id: string
  readonly rejected_at: number
  readonly source: string
  readonly reason: string
  readonly site_id: string
  readonly field: string
  readonly message: string
  readonly raw: string
  readonly sender: string
  readonly queue_topic: string
  readonly queue_partition: number
  readonly queue_offset: number
  readonly line: number
}

/** What a replay made of it. */
export interface JudgedRow extends RejectedRow {
  readonly status: 'rejected' | 'replayed'
  readonly judged_at: number
}

export interface RejectedFilter {
  readonly reason: string
  /** First and, excluded, last instant of the refusals; milliseconds since 1970. */
  readonly sinceMs: number
  readonly untilMs: number
}

/** What edges refused for this reason and nothing has taken since, oldest first. @param limit at most so many */
export const refusedByEdges = (clickhouse: ClickHouse, filter: RejectedFilter, limit: number) =>
  clickhouse.rows<RejectedRow>(
    `SELECT rejected_id, toUnixTimestamp64Milli(r.rejected_at) AS rejected_at, source, reason, site_id, field, message, raw, sender,
       queue_topic, queue_partition, queue_offset, line
     FROM rejected_events AS r
     WHERE status = 'rejected' AND source = 'edge' AND reason = {reason:String}
       AND r.rejected_at >= fromUnixTimestamp64Milli({sinceMs:Int64}, 'UTC')
       AND r.rejected_at < fromUnixTimestamp64Milli({untilMs:Int64}, 'UTC')
     ORDER BY r.rejected_at, rejected_id
     LIMIT {limit:UInt32}`,
    { ...filter, limit },
  )

/** Writes newer versions of rows; the same again changes nothing. */
export async function writeVerdicts(clickhouse: ClickHouse, rows: readonly JudgedRow[]): Promise<void> {
  const lines = rows.map((row) => JSON.stringify(row))
  if (lines.length > 0) await clickhouse.insertLines('rejected_events_log', lines)
}

/** A day of a site and a type of event. */
export interface DayOfType {
  readonly site_id: string
  readonly event_date: string
  readonly event_type: string
}

/** The first event of somebody on a day: what counts them, and for which banner. */
export interface FirstEvent extends DayOfType {
  /** `player …`, `visitor …` or `event …`: see whoOf. */
  readonly who: string
  readonly occurred_at: number
  readonly event_id: string
  readonly banner_tag: string
}

const WHO = `multiIf(player_id != '', concat('player ', player_id), visitor_id != '', concat('visitor ', visitor_id),
  concat('event ', toString(event_id)))`

/** Who an event counts for, as `firstEvents` names them. */
export function whoOf(event: { player_id?: string; visitor_id?: string; event_id: string }): string {
  if (event.player_id) return `player ${event.player_id}`
  return event.visitor_id ? `visitor ${event.visitor_id}` : `event ${event.event_id}`
}

const IN_DAYS = `(site_id, event_date, event_type) IN (
  SELECT day.1, day.2, day.3 FROM (SELECT arrayJoin(arrayZip({sites:Array(String)}, {dates:Array(Date)}, {types:Array(String)})) AS day))`

const daysParams = (days: readonly DayOfType[]) => ({
  sites: days.map(({ site_id }) => site_id),
  dates: days.map(({ event_date }) => event_date),
  types: days.map(({ event_type }) => event_type),
})

/** The first event each of these had on each of these days, from the raw events. */
export const firstEvents = (clickhouse: ClickHouse, days: readonly DayOfType[], whos: readonly string[]) =>
  clickhouse.rows<FirstEvent>(
    `SELECT site_id, event_date, event_type, who, toUnixTimestamp64Milli(first.1) AS occurred_at, first.2 AS event_id, first.3 AS banner_tag
     FROM (
       SELECT site_id, event_date, event_type, ${WHO} AS who, min((e.occurred_at, e.event_id, toString(e.banner_tag))) AS first
       FROM events AS e
       WHERE ${IN_DAYS} AND who IN {whos:Array(String)}
       GROUP BY site_id, event_date, event_type, who)`,
    { ...daysParams(days), whos },
  )

/** Which of the events are stored already, on whatever day since `from` (YYYY-MM-DD): a client may have sent one again. */
export async function storedEvents(
  clickhouse: ClickHouse,
  sites: readonly string[],
  from: string,
  ids: readonly string[],
): Promise<Set<string>> {
  const rows = await clickhouse.rows<{ event_id: string }>(
    `SELECT DISTINCT event_id FROM events_log
     WHERE site_id IN {sites:Array(String)} AND event_date >= {from:Date} AND event_id IN {ids:Array(UUID)}`,
    { sites, from, ids },
  )
  return new Set(rows.map(({ event_id }) => event_id))
}

/** A payment that counts. */
export interface CountedPayment extends DayOfType {
  readonly payment_id: string
  readonly event_id: string
  readonly banner_tag: string
  readonly currency: string
  /** Exact decimal; null when none was sent. */
  readonly amount: string | null
  readonly created_at: number
}

/** Those of the payments that count already, by the sites' transactions. */
export const countedPayments = (
  clickhouse: ClickHouse,
  sites: readonly string[],
  payments: readonly string[],
) =>
  clickhouse.rows<CountedPayment>(
    `SELECT site_id, event_date, event_type, payment_id, event_id, banner_tag, currency, amount, toUnixTimestamp64Milli(p.created_at) AS created_at
     FROM payments AS p
     WHERE site_id IN {sites:Array(String)} AND payment_id IN {payments:Array(String)}`,
    { sites, payments },
  )

export interface BannerCount extends DayOfType {
  readonly banner_tag: string
  readonly count: number
}

/** The players credited to each banner on these days: event_summary. */
export const bannerCounts = (clickhouse: ClickHouse, days: readonly DayOfType[]) =>
  clickhouse.rows<BannerCount>(
    `SELECT site_id, event_date, event_type, banner_tag, s.count AS count FROM event_summary AS s WHERE ${IN_DAYS} AND s.count > 0`,
    daysParams(days),
  )

export interface AmountSum extends DayOfType {
  readonly currency: string
  readonly banner_tag: string
  /** Exact decimal. */
  readonly amount: string
  readonly count: number
}

/** The payments of these days: daily_amounts. */
export const amountSums = (clickhouse: ClickHouse, days: readonly DayOfType[]) =>
  clickhouse.rows<AmountSum>(
    `SELECT site_id, event_date, event_type, currency, banner_tag, sum(d.amount) AS amount, sum(d.count) AS count
     FROM daily_amounts AS d WHERE ${IN_DAYS}
     GROUP BY site_id, event_date, event_type, currency, banner_tag`,
    daysParams(days),
  )
