/**
 * Players, as far as one day can tell: whoever had an event that day must be there, and what the day says of them must be in their
 * lifecycle: no later first event, no earlier last one, no later first registration or deposit. A lifecycle is more than
 * a day, so `expected` is what the day demands and `stored` is the same rows where the lifecycle grants it.
 */
import type { RecountCheck } from './check.ts'

const OF_THE_DAY = `
  SELECT player_id, min(occurred_at) AS first_at, max(occurred_at) AS last_at,
    minOrNullIf(occurred_at, event_type = 'registration') AS registered,
    minOrNullIf(occurred_at, event_type = 'deposit') AS deposited
  FROM events
  WHERE site_id = {site_id:String} AND event_date = {event_date:Date} AND player_id != ''
  GROUP BY player_id`

export const playersCheck: RecountCheck = {
  table: 'players',
  key: ['player_id'],
  expected: OF_THE_DAY,
  stored: `
    SELECT d.player_id AS player_id, greatest(d.first_at, p.first_seen) AS first_at, least(d.last_at, p.last_event_at) AS last_at,
      if(d.registered < p.registration_at OR p.registration_at IS NULL, p.registration_at, d.registered) AS registered,
      if(d.deposited < p.deposit_at OR p.deposit_at IS NULL, p.deposit_at, d.deposited) AS deposited
    FROM (${OF_THE_DAY}) AS d
    INNER JOIN players AS p ON p.player_id = d.player_id
    WHERE p.site_id = {site_id:String}`,
}
