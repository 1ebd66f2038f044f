/**
 * Money: where each payment counts, and the daily sums folded into plain rows.
 *
 * `payments`, `deposits`, `daily_amounts` and `deposit_conflicts` are views and right at once, with one exception: a transaction
 * sent with a second day or a second player counts twice until `placePayments` has seen it.
 */
import type { ClickHouse } from '../client.ts'

/** How far back `payment_changes` reaches, with room to spare; ms. */
export const PAYMENT_CHANGES_KEPT_MS = 47 * 3_600_000
/** A block is stamped when it is made and visible when it is written: at most so much later, ms. */
export const VISIBLE_WITHIN_MS = 30_000
/** Days folded by one statement. */
const DAYS_PER_FOLD = 200
const BOUNDED = `max_memory_usage = 1000000000, max_bytes_before_external_group_by = 300000000,
  max_bytes_before_external_sort = 300000000`

/** Transactions seen with more than one day or player. */
const DIVIDED = `
  SELECT site_id, event_type, payment_id FROM payment_variants
  WHERE {everything:Bool} OR cityHash64(site_id, event_type, payment_id) IN (
    SELECT cityHash64(site_id, event_type, payment_id) FROM payment_changes
    WHERE changed_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC'))
  GROUP BY site_id, event_type, payment_id
  HAVING count() > 1 AND (min(event_date) != max(event_date) OR min(player_id) != max(player_id))`

/** Those whose place is not noted, or no longer right. */
const UNPLACED = `
  SELECT site_id, event_type, payment_id,
    min(CAST((tupleElement(first, 'created_at'), tupleElement(first, 'event_id'), event_date, player_id),
      'Tuple(created_at DateTime64(3, ''UTC''), event_id UUID, event_date Date, player_id String)')) AS place
  FROM payment_variants
  WHERE (site_id, event_type, payment_id) IN (${DIVIDED})
  GROUP BY site_id, event_type, payment_id
  HAVING (site_id, event_type, payment_id, toString(place)) NOT IN (
    SELECT site_id, event_type, payment_id, toString(min(first)) FROM payment_places
    GROUP BY site_id, event_type, payment_id)`

/**
 * Says where transactions sent with several days or players count: on the day and for the player of the first event to arrive.
 * Their days are marked as changed first, so that a run killed in between is simply done again.
 * @param since instant from which changes count, by ClickHouse's clock, ms; null for all
 */
export async function placePayments(clickhouse: ClickHouse, since: number | null): Promise<void> {
  const params = { since: since ?? 0, everything: since === null }
  await clickhouse.command(
    `INSERT INTO payment_day_changes (site_id, event_date, changed_at)
     SELECT DISTINCT site_id, event_date, now64(3) FROM payment_variants
     WHERE (site_id, event_type, payment_id) IN (SELECT site_id, event_type, payment_id FROM (${UNPLACED}))
     SETTINGS ${BOUNDED}`,
    params,
  )
  await clickhouse.command(
    `INSERT INTO payment_places (site_id, event_type, payment_id, first, placed_at)
     SELECT site_id, event_type, payment_id, place, now64(3) FROM (${UNPLACED})
     SETTINGS ${BOUNDED}`,
    params,
  )
}

/** Days that changed after they were folded, and not within the last `VISIBLE_WITHIN_MS`. */
const QUIET_DAYS = `
  SELECT c.site_id AS site_id, c.event_date AS event_date
  FROM (SELECT site_id, event_date, max(changed_at) AS changed FROM payment_day_changes GROUP BY site_id, event_date) AS c
  LEFT JOIN (SELECT site_id, event_date, max(folded_at) AS folded FROM payment_day_sums GROUP BY site_id, event_date) AS f
    ON c.site_id = f.site_id AND c.event_date = f.event_date
  WHERE changed >= folded AND changed < fromUnixTimestamp64Milli({folded_at:Int64}, 'UTC')
  ORDER BY site_id, event_date LIMIT ${DAYS_PER_FOLD}`

/** How many days wait to be folded; at most as many as one fold takes. @param foldedAt as for foldDays */
export async function countQuietDays(clickhouse: ClickHouse, foldedAt: number): Promise<number> {
  const [row] = await clickhouse.rows<{ days: number }>(`SELECT count() AS days FROM (${QUIET_DAYS})`, {
    folded_at: foldedAt,
  })
  return row?.days ?? 0
}

/**
 * Folds the sums of quiet days, some at a time.
 * @param foldedAt what touched a day before this instant is in its sums: `VISIBLE_WITHIN_MS` ago by ClickHouse's clock, ms
 */
export async function foldDays(clickhouse: ClickHouse, foldedAt: number): Promise<void> {
  await clickhouse.command(
    `INSERT INTO payment_day_sums (site_id, event_date, sums, folded_at)
     SELECT d.site_id, d.event_date, s.sums, fromUnixTimestamp64Milli({folded_at:Int64}, 'UTC')
     FROM (${QUIET_DAYS}) AS d
     LEFT JOIN (
       SELECT site_id, event_date, arraySort(groupArray(tuple(event_type, currency, banner_tag, amount, payments))) AS sums
       FROM (
         SELECT site_id, event_date, event_type, currency, banner_tag,
           sum(toDecimal128(ifNull(payments.amount, 0), 8)) AS amount, count() AS payments
         FROM payments
         WHERE (site_id, event_date) IN (SELECT site_id, event_date FROM (${QUIET_DAYS}))
         GROUP BY site_id, event_date, event_type, currency, banner_tag)
       GROUP BY site_id, event_date) AS s ON d.site_id = s.site_id AND d.event_date = s.event_date
     SETTINGS ${BOUNDED}`,
    { folded_at: foldedAt },
  )
}

export interface DailyAmount {
  readonly event_date: string
  readonly event_type: string
  readonly currency: string
  readonly banner_tag: string
  /** Exact, as text. */
  readonly amount: string
  /** Payments, each transaction once. */
  readonly count: number
}

/** Deposited and purchased amounts of a site by day, currency and banner. Days in the site's time zone, both included. */
export const dailyAmounts = (
  clickhouse: ClickHouse,
  days: { readonly site_id: string; readonly from: string; readonly to: string },
) =>
  clickhouse.rows<DailyAmount>(
    `SELECT event_date, event_type, currency, banner_tag, amount, count FROM daily_amounts
     WHERE site_id = {site_id:String} AND event_date BETWEEN {from:Date} AND {to:Date}
     ORDER BY event_date, event_type, currency, banner_tag`,
    { ...days },
  )
