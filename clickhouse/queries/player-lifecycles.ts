/**
 * A player's lifecycle as one SELECT over the facts: what `players` must say of each player of a share.
 *
 * - It reads facts alone, never raw events and never `players` itself, so it may run again at any time and gives the same.
 * - A player's events are those that name the player and those of the visitors the player owns that name nobody.
 * - Acquiring banner: of the first event with a banner. Converting banner: of the last event with one, other than registrations,
 *   deposits and purchases, before or at the first deposit, else the registration (ties by the banner's name); when there
 *   is none, of that deposit or registration itself.
 * - Reactivated: on the last day with events that came more than `dormant_after_days` days (UTC) after the one before.
 */

const NEVER = "toDateTime64('2299-12-31 00:00:00', 3, 'UTC')"
const NOBODY = `tuple(${NEVER}, toUUID('00000000-0000-0000-0000-000000000000'), '')`
const NO_TOUCH = "tuple(toDateTime64(0, 3, 'UTC'), '')"
const NO_AMOUNTS = "CAST(map(), 'Map(LowCardinality(String), Decimal(38, 8))')"

/** A share of a run's work: the players after one key, up to and with another, in the order of the tables. */
export const SHARE = `
  SELECT site_id, player_id FROM player_work
  WHERE run = {run:Int64} AND (site_id, player_id) > ({after_site:String}, {after_player:String})
    AND (site_id, player_id) <= ({last_site:String}, {last_player:String})`

/** The condition that a row's `site_id` and `id` are among `keys`. */
export type Among = (id: 'player_id' | 'visitor_id', keys: string) => string

/** For some hundred keys: the table's index finds them. */
export const amongFew: Among = (id, keys) => `(site_id, ${id}) IN (${keys})`

/**
 * For tens of thousands, which stand in every granule: reads all keys and compares their hashes, ten times as fast as the index and
 * the texts. Should two hashes meet, a player more is looked at.
 */
export const amongMany: Among = (id, keys) =>
  `cityHash64(site_id, ${id}) IN (SELECT cityHash64(site_id, ${id}) FROM (${keys}))`

/** The visitors that players of the share may own. */
const possibleVisitors = (among: Among) =>
  `SELECT site_id, visitor_id FROM player_visitors PREWHERE ${among('player_id', SHARE)}`

/** The visitors owned by the players of the share, with what they did without a name. */
export const ownedVisitors = (among: Among) => `
  SELECT site_id, visitor_id, tupleElement(min(owner), 'player_id') AS player_id, min(first_at) AS first_at,
    max(last_at) AS last_at, min(first_banner) AS first_banner, groupUniqArrayArray(active_days) AS active_days
  FROM visitor_facts PREWHERE ${among('visitor_id', possibleVisitors(among))}
  GROUP BY site_id, visitor_id
  HAVING ${among('player_id', SHARE)}`

/** Columns of a lifecycle. */
export const LIFECYCLE_COLUMNS = [
  'site_id',
  'player_id',
  'first_seen',
  'last_event_at',
  'registration_at',
  'deposit_at',
  'total_deposits',
  'amounts',
  'stage',
  'banner_tag',
  'converting_banner_tag',
  'reactivated_at',
] as const

/**
 * The lifecycle of each player of the share, as a SELECT; parameters: those of SHARE and `dormant_after_days`.
 * @param among how the share's players are found: `amongFew` or `amongMany`
 */
export function lifecycles(among: Among): string {
  const VISITORS = possibleVisitors(among)
  const OWNED_VISITORS = ownedVisitors(among)

  // When a player converted for the first time; only players who did.
  const CONVERSIONS = `
  SELECT site_id, player_id,
    tupleElement(min(first_deposit), 'occurred_at') AS deposited,
    if(deposited < ${NEVER}, deposited, tupleElement(min(first_registration), 'occurred_at')) AS converted_at
  FROM player_facts PREWHERE ${among('player_id', SHARE)}
  GROUP BY site_id, player_id
  HAVING converted_at < ${NEVER}`

  const OWN_TOUCHES = `
  SELECT site_id, player_id, occurred_at, toString(banner_tag) AS banner_tag
  FROM player_touches PREWHERE ${among('player_id', SHARE)} WHERE visitor_id = '' AND NOT converts`

  const VISITORS_TOUCHES = `
  SELECT t.site_id AS site_id, o.player_id AS player_id, t.occurred_at AS occurred_at, toString(t.banner_tag) AS banner_tag
  FROM (
    SELECT site_id, visitor_id, occurred_at, banner_tag
    FROM player_touches PREWHERE ${among('visitor_id', VISITORS)} WHERE player_id = '' AND NOT converts) AS t
  INNER JOIN (
    SELECT site_id, visitor_id, tupleElement(min(owner), 'player_id') AS player_id
    FROM visitor_facts PREWHERE ${among('visitor_id', VISITORS)} GROUP BY site_id, visitor_id) AS o
    ON t.site_id = o.site_id AND t.visitor_id = o.visitor_id`

  const LAST_TOUCHES = `
  SELECT t.site_id AS site_id, t.player_id AS player_id, max(tuple(t.occurred_at, t.banner_tag)) AS last_touch
  FROM (${OWN_TOUCHES} UNION ALL ${VISITORS_TOUCHES}) AS t
  INNER JOIN (${CONVERSIONS}) AS c ON t.site_id = c.site_id AND t.player_id = c.player_id
  WHERE t.occurred_at <= c.converted_at
  GROUP BY site_id, player_id`

  // Distinct deposits and exact amounts by currency; a transaction of two players counts for the one payment_places names.
  const DEPOSITS = `
  SELECT site_id, player_id, sum(payments) AS deposits,
    arraySort(groupArrayIf(tuple(currency, total), has_total)) AS totals
  FROM (
    SELECT site_id, player_id, currency, count() AS payments, sum(toDecimal128(amount, 8)) AS total, max(has_amount) AS has_total
    FROM (
      SELECT site_id, player_id, payment_id, min(first) AS counted, tupleElement(counted, 'currency') AS currency,
        tupleElement(counted, 'amount') AS amount, tupleElement(counted, 'has_amount') AS has_amount
      FROM payment_players PREWHERE ${among('player_id', SHARE)} WHERE event_type = 'deposit'
        AND ((site_id, payment_id) NOT IN (SELECT site_id, payment_id FROM payment_places WHERE event_type = 'deposit')
          OR (site_id, payment_id, player_id) IN (
            SELECT site_id, payment_id, tupleElement(min(first), 'player_id') FROM payment_places
            WHERE event_type = 'deposit' GROUP BY site_id, payment_id))
      GROUP BY site_id, player_id, payment_id)
    GROUP BY site_id, player_id, currency)
  GROUP BY site_id, player_id`

  // All that is known of each player of the share, in any number of rows.
  const KNOWN = `
  SELECT site_id, player_id, first_at, last_at, first_banner, first_registration, first_deposit, active_days,
    ${NO_TOUCH} AS last_touch, toUInt64(0) AS deposits, ${NO_AMOUNTS} AS amounts
  FROM player_facts PREWHERE ${among('player_id', SHARE)}
  UNION ALL
  SELECT site_id, player_id, first_at, last_at, first_banner, ${NOBODY}, ${NOBODY}, active_days, ${NO_TOUCH}, 0, ${NO_AMOUNTS}
  FROM (${OWNED_VISITORS})
  UNION ALL
  SELECT site_id, player_id, ${NEVER}, toDateTime64(0, 3, 'UTC'), ${NOBODY}, ${NOBODY}, ${NOBODY}, [], last_touch, 0, ${NO_AMOUNTS}
  FROM (${LAST_TOUCHES})
  UNION ALL
  SELECT site_id, player_id, ${NEVER}, toDateTime64(0, 3, 'UTC'), ${NOBODY}, ${NOBODY}, ${NOBODY}, [], ${NO_TOUCH}, deposits,
    CAST((arrayMap(t -> t.1, totals), arrayMap(t -> t.2, totals)), 'Map(LowCardinality(String), Decimal(38, 8))')
  FROM (${DEPOSITS})`

  return `
  SELECT site_id, player_id, first_seen, last_event_at, registration_at, deposit_at, total_deposits, amounts,
    multiIf(deposit_at IS NOT NULL, 'depositor', registration_at IS NOT NULL, 'registered', 'visitor') AS stage,
    banner_tag,
    multiIf(
      registration_at IS NULL AND deposit_at IS NULL, '',
      last_touch.2 != '', last_touch.2,
      deposit_at IS NOT NULL, deposit.3,
      registration.3) AS converting_banner_tag,
    arrayMap(d -> toInt32(d), arraySort(days)) AS day_numbers,
    toDateOrNull(toString(CAST(arrayLastOrNull(
      (d, gap) -> gap > {dormant_after_days:UInt32}, day_numbers, arrayDifference(day_numbers)), 'Nullable(Date)'))) AS reactivated_at
  FROM (
    SELECT site_id, player_id, min(first_at) AS first_seen, max(last_at) AS last_event_at,
      min(first_registration) AS registration, min(first_deposit) AS deposit,
      nullIf(registration.1, ${NEVER}) AS registration_at,
      nullIf(deposit.1, ${NEVER}) AS deposit_at,
      max(deposits) AS total_deposits, anyIf(amounts, deposits > 0) AS amounts,
      min(first_banner).3 AS banner_tag,
      max(last_touch) AS last_touch, groupUniqArrayArray(active_days) AS days
    FROM (${KNOWN})
    GROUP BY site_id, player_id)`
}
