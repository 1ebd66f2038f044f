/**
 * A player's lifecycle as one SELECT over the facts: what `players` must say of each player of a share.
 *
 * - It reads facts alone, never raw events and never `players` itself, so it may run again at any time and gives the same.
 * - A player's events are those that name the player and those of the visitors the player owns that name nobody.
 * - Acquiring banner: of the first event with a banner (ties by event_id). Converting banner: of the last event with one, other than registrations,
 *   deposits and purchases, before or at the first deposit, else the registration (ties by the banner's name); when there
 *   is none, of that deposit or registration itself.
 * - Reactivated: on the last day with events that came more than `dormant_after_days` days (UTC) after the one before.
 */

/** Later than any event: the minimum of none. */
export const NEVER = "toDateTime64('2299-12-31 00:00:00', 3, 'UTC')"
/** The first event of none, as time, id and banner. */
export const NOBODY = `tuple(${NEVER}, toUUID('00000000-0000-0000-0000-000000000000'), '')`
const BEFORE = "toDateTime64(0, 3, 'UTC')"
const NO_TOUCH = `tuple(${BEFORE}, '')`
const NO_AMOUNTS = "CAST(map(), 'Map(LowCardinality(String), Decimal(38, 8))')"

/** Keys within a share: after one, up to and with another. Not as a comparison of pairs: of that the tables' indexes make nothing. */
const IN_RANGE = `site_id >= {after_site:String} AND (site_id > {after_site:String} OR player_id > {after_player:String})
    AND site_id <= {last_site:String} AND (site_id < {last_site:String} OR player_id <= {last_player:String})`

/** A share of a run's work: the players after one key, up to and with another, in the order of the tables. */
export const SHARE = `
  SELECT site_id, player_id FROM player_work
  WHERE run = {run:Int64} AND ${IN_RANGE}`

/** The condition that a row's `site_id` and `id` are among `keys`. */
export type Among = (id: 'player_id' | 'visitor_id', keys: string) => string

/** For some hundred keys: the table's index finds them. */
export const amongFew: Among = (id, keys) => `(site_id, ${id}) IN (${keys})`

/**
 * For tens of thousands, which stand in every granule: reads all keys (of a share's players, those of its range) and compares their hashes,
 * ten times as fast as the index and the texts. Should two hashes meet, a player more is looked at.
 */
export const amongMany: Among = (id, keys) => {
  const hashed = `cityHash64(site_id, ${id}) IN (SELECT cityHash64(site_id, ${id}) FROM (${keys}))`
  return keys === SHARE ? `${IN_RANGE} AND ${hashed}` : hashed
}

/** The visitors that players of the share may own. */
const possibleVisitors = (among: Among) =>
  `SELECT site_id, visitor_id FROM player_visitors PREWHERE ${among('player_id', SHARE)}`

/** The visitors that players of the share do own, with their owners. */
const owners = (among: Among) => `
  SELECT site_id, visitor_id, argMin(player_id, tuple(named, player_id)) AS owner
  FROM (
    SELECT site_id, visitor_id, player_id, min(named_at) AS named
    FROM visitor_players PREWHERE ${among('visitor_id', possibleVisitors(among))}
    GROUP BY site_id, visitor_id, player_id)
  GROUP BY site_id, visitor_id
  HAVING (site_id, owner) IN (${SHARE})`

/** What visitors owned by players of the share did without a name. */
export const ownedVisitors = (among: Among) => `
  SELECT v.site_id AS site_id, o.owner AS player_id, v.first_at AS first_at, v.last_at AS last_at, v.active_days AS active_days
  FROM (
    SELECT site_id, visitor_id, first_at, last_at, active_days
    FROM visitor_facts PREWHERE ${among('visitor_id', possibleVisitors(among))}) AS v
  INNER JOIN (${owners(among)}) AS o ON v.site_id = o.site_id AND v.visitor_id = o.visitor_id`

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
  // When a player converted for the first time; only players who did.
  const CONVERSIONS = `
  SELECT site_id, player_id, min(first_registration) AS registration, min(first_deposit) AS deposit,
    if(deposit.1 < ${NEVER}, deposit.1, registration.1) AS converted_at
  FROM player_conversions PREWHERE ${among('player_id', SHARE)}
  GROUP BY site_id, player_id`

  const OWN_TOUCHES = `
  SELECT site_id, player_id, occurred_at, event_id, toString(banner_tag) AS banner_tag, converts
  FROM player_touches PREWHERE ${among('player_id', SHARE)} WHERE visitor_id = ''`

  const VISITORS_TOUCHES = `
  SELECT t.site_id AS site_id, o.owner AS player_id, t.occurred_at AS occurred_at, t.event_id AS event_id,
    toString(t.banner_tag) AS banner_tag, t.converts AS converts
  FROM (
    SELECT site_id, visitor_id, occurred_at, event_id, banner_tag, converts
    FROM player_touches PREWHERE ${among('visitor_id', possibleVisitors(among))} WHERE player_id = '') AS t
  INNER JOIN (${owners(among)}) AS o ON t.site_id = o.site_id AND t.visitor_id = o.visitor_id`

  // The first banner of all, and the last one seen before or at the conversion.
  const TOUCHES = `
  SELECT t.site_id AS site_id, t.player_id AS player_id, min(tuple(t.occurred_at, t.event_id, t.banner_tag)) AS first_touch,
    maxIf(tuple(t.occurred_at, t.banner_tag), NOT t.converts AND t.occurred_at <= c.converted_at) AS last_touch
  FROM (${OWN_TOUCHES} UNION ALL ${VISITORS_TOUCHES}) AS t
  LEFT JOIN (${CONVERSIONS}) AS c ON t.site_id = c.site_id AND t.player_id = c.player_id
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
  SELECT site_id, player_id, first_at, last_at, active_days, ${NOBODY} AS registration, ${NOBODY} AS deposit,
    ${NOBODY} AS first_touch, ${NO_TOUCH} AS last_touch, toUInt64(0) AS deposits, ${NO_AMOUNTS} AS amounts
  FROM player_facts PREWHERE ${among('player_id', SHARE)}
  UNION ALL
  SELECT site_id, player_id, first_at, last_at, active_days, ${NOBODY}, ${NOBODY}, ${NOBODY}, ${NO_TOUCH}, 0, ${NO_AMOUNTS}
  FROM (${ownedVisitors(among)})
  UNION ALL
  SELECT site_id, player_id, ${NEVER}, ${BEFORE}, [], registration, deposit, ${NOBODY}, ${NO_TOUCH}, 0, ${NO_AMOUNTS}
  FROM (${CONVERSIONS})
  UNION ALL
  SELECT site_id, player_id, ${NEVER}, ${BEFORE}, [], ${NOBODY}, ${NOBODY}, first_touch, last_touch, 0, ${NO_AMOUNTS}
  FROM (${TOUCHES})
  UNION ALL
  SELECT site_id, player_id, ${NEVER}, ${BEFORE}, [], ${NOBODY}, ${NOBODY}, ${NOBODY}, ${NO_TOUCH}, deposits,
    CAST((arrayMap(t -> t.1, totals), arrayMap(t -> t.2, totals)), 'Map(LowCardinality(String), Decimal(38, 8))')
  FROM (${DEPOSITS})`

  return `
  SELECT site_id, player_id, first_seen, last_event_at, registration_at, deposit_at, total_deposits, amounts,
    multiIf(deposit_at IS NOT NULL, 'depositor', registration_at IS NOT NULL, 'registered', 'visitor') AS stage,
    banner_tag,
    multiIf(
      registration_at IS NULL AND deposit_at IS NULL, '',
      touch.2 != '', touch.2,
      deposit_at IS NOT NULL, deposited.3,
      registered.3) AS converting_banner_tag,
    arrayMap(d -> toInt32(d), arraySort(days)) AS day_numbers,
    toDateOrNull(toString(CAST(arrayLastOrNull(
      (d, gap) -> gap > {dormant_after_days:UInt32}, day_numbers, arrayDifference(day_numbers)), 'Nullable(Date)'))) AS reactivated_at
  FROM (
    SELECT site_id, player_id, min(first_at) AS first_seen, max(last_at) AS last_event_at,
      min(known.registration) AS registered, min(known.deposit) AS deposited,
      nullIf(registered.1, ${NEVER}) AS registration_at,
      nullIf(deposited.1, ${NEVER}) AS deposit_at,
      max(deposits) AS total_deposits, anyIf(amounts, deposits > 0) AS amounts,
      min(first_touch).3 AS banner_tag,
      max(known.last_touch) AS touch, groupUniqArrayArray(active_days) AS days
    FROM (${KNOWN}) AS known
    GROUP BY site_id, player_id)`
}
