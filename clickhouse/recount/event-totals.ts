/**
 * The counts of a day: players by type and by the banner of their first event; players and events by banner. What erased players counted
 * for still counts; only an open day's events are those that are there.
 */
import type { RecountCheck } from './check.ts'

const WHO = "player_id, multiIf(player_id != '', '', visitor_id != '', visitor_id, toString(event_id))"
const OF_DAY = 'site_id = {site_id:String} AND event_date = {event_date:Date}'

export const eventTotalsCheck: RecountCheck = {
  table: 'event_totals',
  key: ['event_type', 'banner_tag'],
  expected: `
    SELECT event_type, banner_tag, sum(credits) AS count, sum(different) AS players, sum(raw) AS events
    FROM (
      SELECT event_type, tag AS banner_tag, count() AS credits, toUInt64(0) AS different, toUInt64(0) AS raw
      FROM (
        SELECT event_type, tupleElement(min(tuple(occurred_at, event_id, toString(banner_tag))), 3) AS tag
        FROM events
        WHERE ${OF_DAY}
        GROUP BY event_type, ${WHO})
      GROUP BY event_type, banner_tag
      UNION ALL
      SELECT event_type, banner_tag, toUInt64(0) AS credits, uniqExact(${WHO}) AS different, count() AS raw
      FROM events
      WHERE ${OF_DAY}
      GROUP BY event_type, banner_tag
      UNION ALL
      SELECT event_type, banner_tag, toUInt64(sum(count)) AS credits, toUInt64(sum(players)) AS different,
        if((SELECT count() FROM closed_days WHERE ${OF_DAY}) > 0, toUInt64(sum(events)), 0) AS raw
      FROM erased_counts FINAL
      WHERE ${OF_DAY}
      GROUP BY event_type, banner_tag)
    GROUP BY event_type, banner_tag
    HAVING count > 0 OR players > 0 OR events > 0`,
  stored: `
    SELECT event_type, banner_tag, count, players, events FROM event_totals
    WHERE ${OF_DAY} AND (count > 0 OR players > 0 OR events > 0)`,
}

export const eventQuartersCheck: RecountCheck = {
  table: 'event_quarters',
  key: ['event_type', 'banner_tag', 'quarter'],
  expected: `
    SELECT event_type, banner_tag, quarter, sum(credits) AS count
    FROM (
      SELECT event_type, tupleElement(first_event, 3) AS banner_tag,
        toStartOfFifteenMinutes(toDateTime(tupleElement(first_event, 1), 'UTC')) AS quarter, count() AS credits
      FROM (
        SELECT event_type, min(tuple(occurred_at, event_id, toString(banner_tag))) AS first_event
        FROM events
        WHERE ${OF_DAY}
        GROUP BY event_type, ${WHO})
      GROUP BY event_type, banner_tag, quarter
      UNION ALL
      SELECT event_type, banner_tag, quarter, toUInt64(erased.count) AS credits
      FROM erased_counts AS erased FINAL
      WHERE ${OF_DAY} AND erased.count > 0)
    GROUP BY event_type, banner_tag, quarter`,
  stored: `SELECT event_type, banner_tag, quarter, count FROM event_quarters WHERE ${OF_DAY}`,
}
