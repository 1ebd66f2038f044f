/**
 * What count-days has still to count, as SQL of one statement: tables by their names, no view between. It promises what the view
 * uncounted_player_days does (migration 0026), for the credits of one site alone: whose banner of which day and quarter gains a player, or loses
 * one to an earlier event. Planning through the views, and the distinct players of a banner, which only they tell, cost a question over
 * few arrivals more than half of its time.
 *
 * Planning is still most of it. ClickHouse walks through all that lies below whenever it compares two columns of a subquery: so days are
 * chosen at the tables, and little is named above them.
 */

/** The way of a row: looked at in this order, none is missed. Tables are looked at in the order of their names in the statement, once each. */
const ARRIVALS = ['player_day_arrivals', 'player_day_arrivals_taken'] as const
const NEVER = "toDateTime64('2299-12-31 00:00:00', 3, 'UTC')"

const fromArrivals = (columns: string, dates: string) =>
  ARRIVALS.map(
    (table) => `SELECT ${columns} FROM ${table} WHERE site_id = {site_id:String} AND ${dates}`,
  ).join('\n        UNION ALL ')

/**
 * Who of the arrivals may change a credit: is not counted, or not so early. Nearly everyone else is told apart here by two numbers. The
 * key of who is not counted at all comes inverted: player_days need not be searched for it once more. A key is one site's, and of three million
 * few are looked at further: no other column is held against anything before.
 */
const candidates = (dates: string) => `
      SELECT if(max(is_counted), player_key, bitNot(player_key)) FROM (
        ${fromArrivals(`player_key, occurred_at AS arrived_first, ${NEVER} AS counted_first, false AS is_counted`, dates)}
        UNION ALL
        SELECT player_key, ${NEVER} AS arrived_first, first_at AS counted_first, true AS is_counted FROM player_days
        PREWHERE player_key IN (
        ${fromArrivals('player_key', dates)})
        WHERE ${dates} AND count > 0
      )
      GROUP BY player_key
      HAVING min(arrived_first) <= min(counted_first)`

const QUARTER_OF = (first: string) => `toStartOfFifteenMinutes(toDateTime(tupleElement(${first}, 1), 'UTC'))`

/**
 * A SELECT of `columns` and `change`, a row for each credit that is won (1) or lost (-1). Closed days are in it.
 * @param columns of event_date, event_type, banner_tag, quarter and first_at, none of them under another's name
 * @param dates a condition on event_date
 * @param condition a condition on what columns can be of
 */
export const uncountedCredits = (columns: string, dates: string, condition: string) => `
  SELECT ${columns}, change
  FROM
  (
    SELECT
      any(event_date) AS event_date, any(event_type) AS event_type,
      minIf(tuple(at, id, banner), is_counted) AS before, min(tuple(at, id, banner)) AS after, max(is_counted) AS is_known
    FROM
    (
        ${fromArrivals(
          `event_date, event_type, player_key, arrayJoin([player_key, bitNot(player_key)]) AS looked_up,
          toString(banner_tag) AS banner, occurred_at AS at, event_id AS id, false AS is_counted`,
          dates,
        )}
        UNION ALL
        SELECT
          event_date, event_type, player_key, player_key AS looked_up,
          toString(banner_tag) AS banner, first_at AS at, first_id AS id, true AS is_counted
        FROM player_days WHERE ${dates} AND count > 0
    )
    WHERE looked_up IN (${candidates(dates)})
    GROUP BY player_key
    HAVING NOT is_known OR tupleElement(before, 2) != tupleElement(after, 2)
  )
  ARRAY JOIN
    [toInt64(1), toInt64(-1)] AS change,
    [tupleElement(after, 3), tupleElement(before, 3)] AS banner_tag,
    [tupleElement(after, 1), tupleElement(before, 1)] AS first_at,
    [${QUARTER_OF('after')}, ${QUARTER_OF('before')}] AS quarter
  WHERE (change > 0 OR is_known) AND ${condition}`
