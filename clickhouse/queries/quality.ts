/**
 * What keeps numbers from being what they seem, by day of a site: refusals, repeats, late events, bots, clocks, and days that changed after
 * they were closed. Refusals that name no site belong to nobody; only who may see every site sees them.
 */
import type { ClickHouse } from '../client.ts'
import type { RejectedRow } from './rejected.ts'

/** Days of a site, both included, and the instants they begin and end at. */
export interface QualityDays {
  readonly site_id: string
  readonly from: string
  readonly to: string
  /** First instant of `from` and, excluded, last of `to`; milliseconds since 1970. */
  readonly starts_at: number
  readonly ends_at: number
  readonly time_zone: string
  /** Also refusals that name no site. */
  readonly with_unnamed: boolean
}

const REFUSED = `rejected_at >= fromUnixTimestamp64Milli({starts_at:Int64}, 'UTC') AND rejected_at < fromUnixTimestamp64Milli({ends_at:Int64}, 'UTC')
  AND (site_id = {site_id:String} OR ({with_unnamed:Bool} AND site_id = ''))`
const OF_DAYS = 'site_id = {site_id:String} AND event_date BETWEEN {from:Date} AND {to:Date}'

export interface RefusedCount {
  readonly day: string
  readonly reason: string
  readonly source: 'edge' | 'queue'
  /** Refused and not taken since. */
  readonly refused: number
  /** Refused at first, and counted by a replay. */
  readonly replayed: number
}

/** What did not count, by day and reason. */
export const refusedByDay = (clickhouse: ClickHouse, days: QualityDays) =>
  clickhouse.rows<RefusedCount>(
    `SELECT toString(toDate(rejected_at, {time_zone:String})) AS day, reason, source,
       countIf(status = 'rejected') AS refused, countIf(status = 'replayed') AS replayed
     FROM rejected_events WHERE ${REFUSED}
     GROUP BY day, reason, source ORDER BY day, reason, source`,
    { ...days },
  )

/** Later than anything that is stored: the last instant of a DateTime64(3), ms. */
export const LAST_MS = 10_413_791_999_999

/** The refusal a part of the list ended with: what comes later comes before it, and moves nothing. */
type AfterRefusal = Pick<RejectedRow, 'rejected_at' | 'rejected_id'>

/** Refusals, the newest first; those after one of them. @param reason empty for all */
export const refusals = (
  clickhouse: ClickHouse,
  days: QualityDays,
  asked: { readonly reason: string; readonly limit: number; readonly after?: AfterRefusal | null },
) =>
  clickhouse.rows<RejectedRow & { readonly status: 'rejected' | 'replayed' }>(
    `SELECT rejected_id, toUnixTimestamp64Milli(r.rejected_at) AS rejected_at, source, reason, site_id, field, message, raw, sender,
       queue_topic, queue_partition, queue_offset, line, status
     FROM (SELECT * FROM rejected_events WHERE ${REFUSED} AND ({reason:String} = '' OR reason = {reason:String})) AS r
     WHERE r.rejected_at < fromUnixTimestamp64Milli({after_at:Int64}, 'UTC')
       OR (r.rejected_at = fromUnixTimestamp64Milli({after_at:Int64}, 'UTC') AND rejected_id > {after_id:UUID})
     ORDER BY r.rejected_at DESC, rejected_id LIMIT {limit:UInt32}`,
    {
      ...days,
      reason: asked.reason,
      limit: asked.limit,
      after_at: asked.after?.rejected_at ?? LAST_MS,
      after_id: asked.after?.rejected_id ?? '00000000-0000-0000-0000-000000000000',
    },
  )

export interface DayQuality {
  readonly day: string
  readonly events: number
  /** Deliveries beyond the first that storage has not merged away yet: at least so many came twice. */
  readonly again: number
  /** Deposits and purchases whose transaction had come before, as another event. */
  readonly payments_again: number
  /** Happened more than an hour, and more than a day, before they arrived. */
  readonly late_hour: number
  readonly late_day: number
  readonly bots: number
  readonly bot_visits: number
  /** Clients whose clock is far off, and those whose time was not believed. */
  readonly clocks: number
  readonly clocks_set_back: number
}

/** Each day with any event. */
export const qualityByDay = (clickhouse: ClickHouse, days: QualityDays) =>
  clickhouse.rows<DayQuality>(
    `SELECT toString(e.event_date) AS day, events, again, paid - payments AS payments_again, late_hour, late_day, bots, bot_visits,
       clocks, clocks_set_back
     FROM (
       SELECT event_date, uniqExact(event_id) AS events, count() - events AS again,
         uniqExactIf(event_id, event_type IN ('deposit', 'purchase') AND transaction_id != '') AS paid,
         uniqExactIf((event_type, transaction_id), event_type IN ('deposit', 'purchase') AND transaction_id != '') AS payments,
         uniqExactIf(event_id, created_at > occurred_at + INTERVAL 1 HOUR) AS late_hour,
         uniqExactIf(event_id, created_at > occurred_at + INTERVAL 1 DAY) AS late_day,
         uniqExactIf(event_id, is_bot) AS bots, uniqExactIf(event_id, is_bot AND event_type = 'visit') AS bot_visits
       FROM events_log WHERE ${OF_DAYS} GROUP BY event_date) AS e
     LEFT JOIN (
       SELECT event_date, uniqExact(subject) AS clocks, uniqExactIf(subject, clamped_id != toUUID('00000000-0000-0000-0000-000000000000')) AS clocks_set_back
       FROM clock_skews WHERE ${OF_DAYS} GROUP BY event_date) AS c ON c.event_date = e.event_date
     ORDER BY day`,
    { ...days },
  )

/** Which agents the bots of the range are, with their events. */
export const botAgents = (clickhouse: ClickHouse, days: QualityDays, limit: number) =>
  clickhouse.rows<{ user_agent: string; events: number; visits: number }>(
    `SELECT user_agent, uniqExact(event_id) AS events, uniqExactIf(event_id, event_type = 'visit') AS visits
     FROM events_log WHERE ${OF_DAYS} AND is_bot
     GROUP BY user_agent ORDER BY events DESC, user_agent LIMIT {limit:UInt32}`,
    { ...days, limit },
  )

export interface ClockOff {
  readonly event_date: string
  readonly subject: string
  /** Arrival less what the client's clock said; ms, the farthest of the day. */
  readonly skew_ms: number
  readonly set_back: boolean
}

/** Clients whose clock is far off, the farthest first. */
export const clocksOff = (clickhouse: ClickHouse, days: QualityDays, limit: number) =>
  clickhouse.rows<ClockOff>(
    `SELECT event_date, subject,
       toUnixTimestamp64Milli(farthest.4) - toUnixTimestamp64Milli(farthest.3) AS skew_ms,
       clamped != toUUID('00000000-0000-0000-0000-000000000000') AS set_back
     FROM (SELECT event_date, subject, max(worst) AS farthest, max(clamped_id) AS clamped FROM clock_skews
       WHERE ${OF_DAYS} GROUP BY event_date, subject)
     ORDER BY abs(skew_ms) DESC, subject LIMIT {limit:UInt32}`,
    { ...days, limit },
  )

export interface ClosedDay {
  readonly event_date: string
  readonly closed_at: number
  readonly counted_at: number
}

/** Closed days of the range, the newest first; times in milliseconds since 1970. */
export const closedDays = (clickhouse: ClickHouse, days: QualityDays) =>
  clickhouse.rows<ClosedDay>(
    `SELECT d.event_date AS event_date, toUnixTimestamp64Milli(d.closed_at) AS closed_at, toUnixTimestamp64Milli(d.counted_at) AS counted_at
     FROM closed_days AS d WHERE d.site_id = {site_id:String} AND d.event_date BETWEEN {from:Date} AND {to:Date}
     ORDER BY d.event_date DESC`,
    { ...days },
  )

export interface Adjustment {
  readonly event_date: string
  readonly recorded_at: number
  /** late: events came after; correction: a recount found it; close: found when the day was closed. */
  readonly reason: 'close' | 'late' | 'correction'
  readonly event_type: string
  readonly banner_tag: string
  readonly players: number
}

/** What changed a day's counts after it was open, the newest first. */
export const adjustments = (clickhouse: ClickHouse, days: QualityDays, limit: number) =>
  clickhouse.rows<Adjustment>(
    `SELECT event_date, toUnixTimestamp64Milli(d.recorded_at) AS recorded_at, reason, event_type, banner_tag, sum(count) AS players
     FROM day_counts_log AS d
     WHERE ${OF_DAYS} AND event_type != '' AND reason IN ('close', 'late', 'correction')
     GROUP BY event_date, d.recorded_at, reason, event_type, banner_tag HAVING players != 0
     ORDER BY recorded_at DESC, event_date DESC, event_type, banner_tag LIMIT {limit:UInt32}`,
    { ...days, limit },
  )

export interface RecountNote {
  readonly recounted_at: number
  readonly event_date: string
  readonly derived: string
  /** JSON of the row's name, as it should be and as it was; empty without one. */
  readonly key: string
  readonly expected: string
  readonly stored: string
  readonly repaired: boolean
}

/** The note a part of the list ended with: what comes later comes before it, and moves nothing. */
type AfterNote = Pick<RecountNote, 'recounted_at' | 'event_date' | 'derived' | 'key'>

/** What recounts of the days found, the newest first; those after one of them. */
export const recountNotes = (
  clickhouse: ClickHouse,
  days: Pick<QualityDays, 'site_id' | 'from' | 'to'>,
  { limit, after = null }: { readonly limit: number; readonly after?: AfterNote | null },
) =>
  clickhouse.rows<RecountNote>(
    `SELECT toUnixTimestamp64Milli(r.recounted_at) AS recounted_at, event_date, derived, key, expected, stored, repaired
     FROM recount_differences AS r WHERE ${OF_DAYS}
       AND r.recounted_at <= fromUnixTimestamp64Milli({after_at:Int64}, 'UTC')
       AND (r.recounted_at < fromUnixTimestamp64Milli({after_at:Int64}, 'UTC')
         OR (toString(event_date), toString(derived), key) > ({after_date:String}, {after_derived:String}, {after_key:String}))
     ORDER BY r.recounted_at DESC, toString(event_date), toString(derived), key LIMIT {limit:UInt32}`,
    {
      ...days,
      limit,
      after_at: after?.recounted_at ?? LAST_MS,
      after_date: after?.event_date ?? '',
      after_derived: after?.derived ?? '',
      after_key: after?.key ?? '',
    },
  )
