/**
 * Money: each payment of the day, and the day's sums. Recounted over all days a transaction was sent with, because it counts on the
 * day of its first event to arrive. Right once the deposits job has run; only as far back as the raw events reach.
 */
import type { RecountCheck } from './check.ts'

/** The payments whose first event to arrive (by created_at, then event_id) is of the day. */
const COUNTED = `
  SELECT event_type, payment_id, first.2 AS event_id, first.4 AS player_id, first.5 AS banner_tag, first.6 AS currency,
    if(first.8, first.7, NULL) AS amount
  FROM (
    SELECT event_type, if(transaction_id != '', transaction_id, toString(event_id)) AS payment_id,
      min(tuple(created_at, event_id, event_date, player_id, toString(banner_tag), toString(currency),
        ifNull(events.amount, 0), isNotNull(events.amount))) AS first
    FROM events
    WHERE site_id = {site_id:String} AND event_type IN ('deposit', 'purchase')
      AND (event_date = {event_date:Date} OR (event_type, transaction_id) IN (
        SELECT event_type, transaction_id FROM events
        WHERE site_id = {site_id:String} AND event_date = {event_date:Date} AND event_type IN ('deposit', 'purchase')
          AND transaction_id != ''))
    GROUP BY event_type, payment_id)
  WHERE first.3 = {event_date:Date}`

export const paymentsCheck: RecountCheck = {
  table: 'payments',
  key: ['event_type', 'payment_id'],
  expected: COUNTED,
  stored: `
    SELECT event_type, payment_id, event_id, player_id, banner_tag, currency, amount FROM payments
    WHERE site_id = {site_id:String} AND event_date = {event_date:Date}`,
}

export const dailyAmountsCheck: RecountCheck = {
  table: 'daily_amounts',
  key: ['event_type', 'currency', 'banner_tag'],
  expected: `
    SELECT event_type, currency, banner_tag, sum(toDecimal128(ifNull(counted.amount, 0), 8)) AS amount, count() AS count
    FROM (${COUNTED}) AS counted GROUP BY event_type, currency, banner_tag`,
  stored: `
    SELECT event_type, currency, banner_tag, amount, count FROM daily_amounts
    WHERE site_id = {site_id:String} AND event_date = {event_date:Date}`,
}
