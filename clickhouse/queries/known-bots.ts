/**
 * Which players are bots', where a question is about players and not about their events: what is kept of a player does not say, their
 * events do. So it reaches as far back as events are kept; of whom none is left, nothing is said, and they count.
 */

/** Players of a site all of whose events came from known bots. Parameter: `site_id`. */
const ONLY_BOTS = `
  SELECT player_id FROM events_log
  WHERE site_id = {site_id:String} AND player_id IN (
    SELECT DISTINCT player_id FROM events_log WHERE site_id = {site_id:String} AND is_bot AND player_id != '')
  GROUP BY player_id HAVING min(is_bot)`

/** A condition on `player_id`: known bots count, or not. */
export const orOnlyPeople = (with_bots: boolean): string =>
  with_bots ? 'true' : `player_id NOT IN (${ONLY_BOTS})`
