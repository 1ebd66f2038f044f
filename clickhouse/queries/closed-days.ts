/**
 * Closed days: a day counted from its events once and for all, as plain rows of day_counts_log, and what comes for it later as dated
 * changes. Each is one INSERT of one block into one partition: it stands whole or not at all. What is written is always the difference
 * between what the events give and what has been written, so doing it again writes nothing but the note that it was done.
 */
import type { ClickHouse } from '../client.ts'
import type { SiteDay } from '../recount/check.ts'

/** A day that is still open, and the zone its site's days begin in. */
export interface OpenDay extends SiteDay {
  readonly time_zone: string
}

/** Every day that is counted in player_days and is not closed. */
export const openDays = (clickhouse: ClickHouse) =>
  clickhouse.rows<OpenDay>(
    `SELECT days.site_id AS site_id, days.event_date AS event_date, sites.time_zone AS time_zone
     FROM (SELECT toString(site_id) AS site_id, event_date FROM player_days GROUP BY site_id, event_date) AS days
     LEFT ANY JOIN sites ON sites.site_id = days.site_id
     WHERE (site_id, event_date) NOT IN (SELECT site_id, event_date FROM closed_days)
     ORDER BY event_date, site_id`,
  )

/** Closed days that events came for since they were last counted, or so shortly before that the count may have missed them. */
export const lateDays = (clickhouse: ClickHouse, marginMs: number) =>
  clickhouse.rows<SiteDay>(
    `SELECT late.site_id AS site_id, late.event_date AS event_date
     FROM (SELECT toString(site_id) AS site_id, event_date, max(arrived_at) AS arrived_at FROM late_days GROUP BY site_id, event_date) AS late
     INNER JOIN closed_days AS closed ON closed.site_id = late.site_id AND closed.event_date = late.event_date
     WHERE toUnixTimestamp64Milli(late.arrived_at) > toUnixTimestamp64Milli(closed.counted_at) - {marginMs:Int64}
     ORDER BY event_date, site_id`,
    { marginMs },
  )

/** Of this site and day, as every statement below is. */
const OF_DAY = 'site_id = {site_id:String} AND event_date = {event_date:Date}'
const NO_QUARTER = "toDateTime(0, 'UTC')"
/** A closed day counts by day_counts_log alone, whatever of it is still in player_days. */
const IS_OPEN = `(SELECT count() FROM closed_days WHERE ${OF_DAY}) = 0`
const NOW = "fromUnixTimestamp64Milli({now:Int64}, 'UTC')"

/** What a day's events give, and those that were erased: credits by quarter of an hour; players and events by banner. */
const FROM_EVENTS = `
  SELECT event_type, tupleElement(first_event, 3) AS tag, toStartOfFifteenMinutes(toDateTime(tupleElement(first_event, 1), 'UTC')) AS quarter,
    toInt64(count()) AS credits, toInt64(0) AS different_players, toInt64(0) AS different_events
  FROM (
    SELECT toString(event_type) AS event_type, min(tuple(occurred_at, event_id, toString(banner_tag))) AS first_event
    FROM events
    WHERE ${OF_DAY}
    GROUP BY event_type, player_id, multiIf(player_id != '', '', visitor_id != '', visitor_id, toString(event_id)))
  GROUP BY event_type, tag, quarter
  UNION ALL
  SELECT toString(event_type) AS event_type, toString(banner_tag) AS tag, ${NO_QUARTER} AS quarter, toInt64(0) AS credits,
    toInt64(uniqExact(player_id, multiIf(player_id != '', '', visitor_id != '', visitor_id, toString(event_id)))) AS different_players,
    toInt64(count()) AS different_events
  FROM events
  WHERE ${OF_DAY}
  GROUP BY event_type, tag
  UNION ALL
  SELECT toString(event_type) AS event_type, toString(banner_tag) AS tag, quarter, toInt64(count) AS credits,
    toInt64(players) AS different_players, toInt64(events) AS different_events
  FROM erased_counts FINAL
  WHERE ${OF_DAY}`

/** What has been written, in the same shape; to be taken away. */
const written = (table: string, events: string, where: string) => `
  SELECT toString(event_type) AS event_type, toString(banner_tag) AS tag, quarter, -toInt64(count) AS credits, toInt64(0) AS different_players,
    toInt64(0) AS different_events
  FROM ${table} WHERE ${OF_DAY} AND ${where}
  UNION ALL
  SELECT toString(event_type) AS event_type, toString(banner_tag) AS tag, ${NO_QUARTER} AS quarter, toInt64(0) AS credits,
    -toInt64(players) AS different_players, -toInt64(${events}) AS different_events
  FROM ${table} WHERE ${OF_DAY} AND ${where}`

/**
 * Counts a day from its events and writes what differs from what was written before.
 * @param reason `close`: the day is open; what is counted in player_days is taken over by full hour of recording, with the note that the
 * day is closed. Nothing is written when another has closed it. `late`: it is closed, and was counted again. `correction`: either
 * @param now recorded_at of what is written; ms
 * @param recount whether the day's events are all there; without them, what was counted stands
 */
export const writeDayCounts = (
  clickhouse: ClickHouse,
  { site_id, event_date }: SiteDay,
  {
    reason,
    now,
    recount,
  }: { readonly reason: 'close' | 'late' | 'correction'; readonly now: number; readonly recount: boolean },
) =>
  clickhouse.command(
    `INSERT INTO day_counts_log
       (site_id, event_date, event_type, banner_tag, quarter, recorded_at, reason, count, players, events)
     SELECT {site_id:String}, {event_date:Date}, event_type, tag, quarter, recorded_at, why, credits, different_players, different_events
     FROM (
       SELECT '' AS event_type, '' AS tag, ${NO_QUARTER} AS quarter, ${NOW} AS recorded_at, {reason:String} AS why,
         toInt64(0) AS credits, toInt64(0) AS different_players, toInt64(0) AS different_events
       WHERE {reason:String} != 'correction'
       UNION ALL
       SELECT toString(event_type) AS event_type, toString(banner_tag) AS tag, quarter,
         least(toDateTime64(toStartOfHour(recorded_at - toIntervalMillisecond(1)) + 3600, 3, 'UTC'), ${NOW}) AS recorded, 'open' AS why,
         sum(toInt64(count)) AS credits, sum(toInt64(players)) AS different_players, toInt64(0) AS different_events
       FROM player_days
       WHERE ${OF_DAY} AND {reason:String} = 'close'
       GROUP BY event_type, tag, quarter, recorded
       HAVING credits != 0 OR different_players != 0
       UNION ALL
       SELECT event_type, tag, quarter, ${NOW} AS recorded_at, {reason:String} AS why,
         sum(credits) AS credits, sum(different_players) AS different_players,
         if({reason:String} = 'correction' AND ${IS_OPEN}, 0, sum(different_events)) AS different_events
       FROM (
         ${FROM_EVENTS}
         UNION ALL ${written('player_days', '0', IS_OPEN)}
         UNION ALL ${written('day_counts_log', 'events', "event_type != ''")})
       WHERE {recount:Bool}
       GROUP BY event_type, tag, quarter
       HAVING credits != 0 OR different_players != 0 OR different_events != 0)
     WHERE {reason:String} != 'close' OR ${IS_OPEN}
     SETTINGS min_insert_block_size_rows = 1000000000, min_insert_block_size_bytes = 0, max_insert_threads = 1,
       max_bytes_before_external_group_by = 1000000000`,
    { site_id, event_date, reason, now, recount },
  )

/**
 * Whether every event that was counted for the day is still there: raw events are kept for a limited time, and a day counted from what
 * is left of them would lose players. A day has at least as many events as it had when it was closed, or as it has players.
 */
export async function hasItsEvents(clickhouse: ClickHouse, day: SiteDay): Promise<boolean> {
  const [row] = await clickhouse.rows<{ complete: number }>(
    `SELECT (SELECT count() FROM events WHERE ${OF_DAY}) + (SELECT sum(events) FROM erased_counts FINAL WHERE ${OF_DAY})
       >= greatest(
         (SELECT sum(events) FROM day_counts_log WHERE ${OF_DAY} AND event_type != ''),
         (SELECT sum(count) FROM player_days WHERE ${OF_DAY})) AS complete`,
    { ...day },
  )
  return row?.complete === 1
}

/** Drops the rows of player_days of dates that every site had closed at an instant (ms). @returns the dates */
export async function dropClosedPlayerDays(clickhouse: ClickHouse, closedBy: number): Promise<string[]> {
  const dates = await clickhouse.rows<{ event_date: string }>(
    `SELECT event_date FROM (SELECT toString(site_id) AS site_id, event_date FROM player_days GROUP BY site_id, event_date)
     GROUP BY event_date
     HAVING countIf((site_id, event_date) NOT IN (
       SELECT site_id, event_date FROM closed_days WHERE closed_at <= fromUnixTimestamp64Milli({closedBy:Int64}, 'UTC'))) = 0
     ORDER BY event_date`,
    { closedBy },
  )
  for (const { event_date } of dates)
    await clickhouse.command('ALTER TABLE player_days DROP PARTITION {event_date:String}', { event_date })
  return dates.map(({ event_date }) => event_date)
}
