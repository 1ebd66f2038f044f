/** The counts of a day: players by type and by the banner of their first event; players and events by banner. */
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
      GROUP BY event_type, banner_tag)
    GROUP BY event_type, banner_tag`,
  stored: `
    SELECT event_type, banner_tag, count, players, events FROM event_totals
    WHERE ${OF_DAY} AND (count > 0 OR players > 0 OR events > 0)`,
}

export const eventQuartersCheck: RecountCheck = {
  table: 'event_quarters',
  key: ['event_type', 'banner_tag', 'quarter'],
  expected: `
    SELECT event_type, tupleElement(first_event, 3) AS banner_tag,
      toStartOfFifteenMinutes(toDateTime(tupleElement(first_event, 1), 'UTC')) AS quarter, count() AS count
    FROM (
      SELECT event_type, min(tuple(occurred_at, event_id, toString(banner_tag))) AS first_event
      FROM events
      WHERE ${OF_DAY}
      GROUP BY event_type, ${WHO})
    GROUP BY event_type, banner_tag, quarter`,
  stored: `SELECT event_type, banner_tag, quarter, count FROM event_quarters WHERE ${OF_DAY}`,
}
