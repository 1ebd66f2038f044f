/** The counts of a day: players by type and by the banner of their first event. */
import type { RecountCheck } from './check.ts'

export const eventSummaryCheck: RecountCheck = {
  table: 'event_summary',
  key: ['event_type', 'banner_tag'],
  expected: `
    SELECT event_type, banner_tag, count() AS count FROM (
      SELECT event_type, tupleElement(min(tuple(occurred_at, event_id, toString(banner_tag))), 3) AS banner_tag
      FROM events
      WHERE site_id = {site_id:String} AND event_date = {event_date:Date}
      GROUP BY event_type, player_id, multiIf(player_id != '', '', visitor_id != '', visitor_id, toString(event_id)))
    GROUP BY event_type, banner_tag`,
  stored: `
    SELECT event_type, banner_tag, count FROM event_summary
    WHERE site_id = {site_id:String} AND event_date = {event_date:Date}`,
}
