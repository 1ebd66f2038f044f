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

/** The visitors owned by the players of the share, with what they did without a name. */
const OWNED_VISITORS = `
  SELECT site_id, visitor_id, tupleElement(min(owner), 'player_id') AS player_id, min(first_at) AS first_at,
    max(last_at) AS last_at, min(first_banner) AS first_banner, groupUniqArrayArray(active_days) AS active_days
  FROM visitor_facts
  WHERE (site_id, visitor_id) IN (SELECT site_id, visitor_id FROM player_visitors WHERE (site_id, player_id) IN (${SHARE}))
  GROUP BY site_id, visitor_id
  HAVING (site_id, player_id) IN (${SHARE})`

/** When a player converted for the first time; only players who did. */
const CONVERSIONS = `
  SELECT site_id, player_id,
    least(tupleElement(min(first_deposit), 'occurred_at'), ${NEVER}) AS deposited,
    if(deposited < ${NEVER}, deposited, tupleElement(min(first_registration), 'occurred_at')) AS converted_at
  FROM player_facts
  WHERE (site_id, player_id) IN (${SHARE})
  GROUP BY site_id, player_id
  HAVING converted_at < ${NEVER}`

const OWN_TOUCHES = `
  SELECT site_id, player_id, occurred_at, toString(banner_tag) AS banner_tag FROM player_touches
  WHERE visitor_id = '' AND NOT converts AND (site_id, player_id) IN (SELECT site_id, player_id FROM (${CONVERSIONS}))`

const VISITORS_TOUCHES = `
  SELECT t.site_id AS site_id, o.player_id AS player_id, t.occurred_at AS occurred_at, toString(t.banner_tag) AS banner_tag
  FROM (
    SELECT site_id, visitor_id, occurred_at, banner_tag FROM player_touches
    WHERE player_id = '' AND NOT converts AND (site_id, visitor_id) IN (SELECT site_id, visitor_id FROM (${OWNED_VISITORS}))) AS t
  INNER JOIN (SELECT site_id, visitor_id, player_id FROM (${OWNED_VISITORS})) AS o
    ON t.site_id = o.site_id AND t.visitor_id = o.visitor_id`

const LAST_TOUCHES = `
  SELECT t.site_id AS site_id, t.player_id AS player_id, max(tuple(t.occurred_at, t.banner_tag)) AS last_touch
  FROM (${OWN_TOUCHES} UNION ALL ${VISITORS_TOUCHES}) AS t
  INNER JOIN (${CONVERSIONS}) AS c ON t.site_id = c.site_id AND t.player_id = c.player_id
  WHERE t.occurred_at <= c.converted_at
  GROUP BY site_id, player_id`

/** Distinct deposits and exact amounts by currency; a transaction of two players counts for the one payment_places names. */
const DEPOSITS = `
  SELECT site_id, player_id, sum(payments) AS deposits,
    arraySort(groupArrayIf(tuple(currency, total), has_total)) AS totals
  FROM (
    SELECT site_id, player_id, currency, count() AS payments, sum(toDecimal128(amount, 8)) AS total, max(has_amount) AS has_total
    FROM (
      SELECT site_id, player_id, payment_id, min(first) AS counted, tupleElement(counted, 'currency') AS currency,
        tupleElement(counted, 'amount') AS amount, tupleElement(counted, 'has_amount') AS has_amount
      FROM payment_players
      WHERE event_type = 'deposit' AND (site_id, player_id) IN (${SHARE})
        AND ((site_id, payment_id) NOT IN (SELECT site_id, payment_id FROM payment_places WHERE event_type = 'deposit')
          OR (site_id, payment_id, player_id) IN (
            SELECT site_id, payment_id, tupleElement(min(first), 'player_id') FROM payment_places
            WHERE event_type = 'deposit' GROUP BY site_id, payment_id))
      GROUP BY site_id, player_id, payment_id)
    GROUP BY site_id, player_id, currency)
  GROUP BY site_id, player_id`

/** All that is known of each player of the share, in any number of rows. */
const KNOWN = `
  SELECT site_id, player_id, first_at, last_at, first_banner, first_registration, first_deposit, active_days,
    ${NO_TOUCH} AS last_touch, toUInt64(0) AS deposits, ${NO_AMOUNTS} AS amounts
  FROM player_facts WHERE (site_id, player_id) IN (${SHARE})
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

/** Columns of a lifecycle in the order of LIFECYCLES. */
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

/** The lifecycle of each player of the share; parameters: those of SHARE and `dormant_after_days`. */
export const LIFECYCLES = `
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
