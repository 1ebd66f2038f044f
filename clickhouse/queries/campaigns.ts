/**
 * What banners bring: a row for each banner or group of banners, and one for all together (`name` is null) counted in the same reading,
 * so that rows and total are of one moment.
 *
 * - Visits, registrations and deposits count as everywhere: a player once a day and type, for the banner of the day's first event.
 * - First deposits count for the banner that acquired the player, at the time of the first deposit; each player once ever.
 * - Amounts are of payments, each transaction once, for the banner the payment came with.
 * - Players are distinct over all days: who met two banners is in both rows, and once in the total.
 */
import type { ClickHouse } from '../client.ts'
import { depositsOf } from './amounts.ts'
import { type BannerView, groupOf, inView, viewParams } from './banner-groups.ts'
import { type EventFilters, firstEvents } from './breakdowns.ts'
import { orOnlyPeople } from './known-bots.ts'
import {
  changesUntil,
  type Days,
  type DayUntil,
  dayChanges,
  IN_DAYS,
  type Uncounted,
  untilParams,
} from './metrics.ts'

/** At most so many names are answered, those with the most; the total has all of them. */
const MAX_NAMES = 20_000

const OF_DAYS = 'site_id = {site_id:String} AND event_date BETWEEN {from:Date} AND {to:Date}'
const MAIN_TYPES = "event_type IN ('visit', 'registration', 'deposit')"
const NAME = 'if(grouping(banner_group) = 0, banner_group, NULL) AS name'
const isWithout = ({ with_bots = true }: BannerView) => !with_bots
/** Events that are not of known bots, as breakdowns and amounts narrow to them. */
const people = ({ banner_prefixes }: BannerView): EventFilters => ({
  banners: banner_prefixes,
  values: {},
  with_bots: false,
})

/** The total first, then the names with the most. */
const mostOf = (column: string) => `ORDER BY isNull(name) DESC, ${column} DESC, name LIMIT ${MAX_NAMES}`

interface Named {
  /** The banner or group; null for all. */
  readonly name: string | null
}

export interface CampaignCounts extends Named {
  readonly visits: number
  readonly registrations: number
  readonly deposits: number
}

/** @param counts a SELECT of event_type, banner_group and change */
const countsOf = (clickhouse: ClickHouse, view: BannerView, counts: string, params: object) =>
  clickhouse.rows<CampaignCounts>(
    `SELECT ${NAME},
       sumIf(change, event_type = 'visit') AS visits,
       sumIf(change, event_type = 'registration') AS registrations,
       sumIf(change, event_type = 'deposit') AS deposits
     FROM (${counts})
     GROUP BY GROUPING SETS ((banner_group), ())
     ${mostOf('visits')}`,
    { ...params, ...viewParams(view) },
  )

/** What is told of a banner's counts: named as a group, nowhere as the column. */
const byGroup = (view: BannerView) => ({
  columns: `event_type, ${groupOf(view.grouping)} AS banner_group`,
  by: 'event_type, banner_group',
  condition: `AND ${MAIN_TYPES} ${inView(view)}`,
})

/** The same of raw events that are not of known bots. */
const peopleByGroup = (view: BannerView, days: string) =>
  `SELECT event_type, ${groupOf(view.grouping, 'said')} AS banner_group, 1 AS change, first_at
   FROM (${firstEvents(people(view), 'toString(banner_tag)', `${days} AND ${MAIN_TYPES}`)})`

/** Visits, registrations and deposits of some days: the sums of event_summary, without its days, which would be read one by one. */
export const campaignCounts = (clickhouse: ClickHouse, days: Days, view: BannerView, uncounted: Uncounted) =>
  countsOf(
    clickhouse,
    view,
    isWithout(view)
      ? peopleByGroup(view, OF_DAYS)
      : dayChanges(uncounted, { dates: IN_DAYS, ...byGroup(view) }),
    { ...days },
  )

/** The same of one day up to an instant: what a day in progress is compared with. */
export const campaignCountsUntil = (clickhouse: ClickHouse, day: DayUntil, view: BannerView) =>
  countsOf(
    clickhouse,
    view,
    isWithout(view)
      ? `${peopleByGroup(view, 'site_id = {site_id:String} AND event_date = {day:Date}')}
         WHERE toUnixTimestamp64Milli(first_at) < {until:Int64}`
      : changesUntil(byGroup(view), true),
    untilParams(day),
  )

export interface CampaignAmount extends Named {
  readonly currency: string
  /** Exact, as text. */
  readonly amount: string
  /** Deposits, each transaction once. */
  readonly payments: number
}

/** @param sums a SELECT of banner_tag, currency, amount and count */
const amountsOf = (clickhouse: ClickHouse, view: BannerView, sums: string, params: object) =>
  clickhouse.rows<CampaignAmount>(
    `SELECT ${NAME}, currency, sum(sums.amount) AS amount, sum(sums.count) AS payments
     FROM (SELECT ${groupOf(view.grouping)} AS banner_group, currency, amount, count FROM (${sums})) AS sums
     GROUP BY GROUPING SETS ((banner_group, currency), (currency))
     ${mostOf('amount')}`,
    { ...params, ...viewParams(view) },
  )

/** Deposited amounts of some days by currency. */
export const campaignAmounts = (clickhouse: ClickHouse, days: Days, view: BannerView) =>
  amountsOf(
    clickhouse,
    view,
    isWithout(view)
      ? `SELECT banner_tag, currency, amount, 1 AS count FROM (${depositsOf(people(view), OF_DAYS)})`
      : `SELECT banner_tag, currency, amount, count FROM daily_amounts
         WHERE ${OF_DAYS} AND event_type = 'deposit' ${inView(view)}`,
    { ...days },
  )

/** The same of one day up to an instant. */
export const campaignAmountsUntil = (
  clickhouse: ClickHouse,
  { site_id, day, until }: DayUntil,
  view: BannerView,
) =>
  amountsOf(
    clickhouse,
    view,
    `SELECT banner_tag, currency, amount, 1 AS count
     FROM (${depositsOf({ ...people(view), with_bots: !isWithout(view) }, 'site_id = {site_id:String} AND event_date = {day:Date}')})
     WHERE toUnixTimestamp64Milli(occurred_at) < {until:Int64}`,
    { site_id, day, until },
  )

/** From one instant until before another, ms. */
export interface Span {
  readonly site_id: string
  readonly from_at: number
  readonly until_at: number
}

const IN_SPAN = (column: string) =>
  `site_id = {site_id:String} AND ${column} >= fromUnixTimestamp64Milli({from_at:Int64}, 'UTC')
     AND ${column} < fromUnixTimestamp64Milli({until_at:Int64}, 'UTC')`

/** Players whose first deposit ever fell into the time, by the banner that acquired them. */
export const campaignFirstDeposits = (clickhouse: ClickHouse, span: Span, view: BannerView) =>
  clickhouse.rows<Named & { readonly first_deposits: number }>(
    `SELECT ${NAME}, count() AS first_deposits
     FROM (SELECT ${groupOf(view.grouping)} AS banner_group FROM players
       WHERE ${IN_SPAN('deposit_at')} ${inView(view)} AND ${orOnlyPeople(!isWithout(view))})
     GROUP BY GROUPING SETS ((banner_group), ())
     ${mostOf('first_deposits')}`,
    { ...span, ...viewParams(view) },
  )

/**
 * Distinct players with an event of the banner on some days, and how many banners a name stands for. Anonymous visitors are no players.
 * Told apart by 64-bit hashes, which takes a fifth of the time: of ten million players two meet once in 300,000 readings.
 * @param rest names that keep their own row; all others are one, named ''. Null: every name has its own
 */
export const campaignPlayers = (
  clickhouse: ClickHouse,
  days: Days,
  view: BannerView,
  kept: readonly string[] | null,
) =>
  clickhouse.rows<Named & { readonly players: number; readonly banners: number }>(
    `SELECT ${NAME}, uniqExact(player_hash) AS players, uniqExact(banner_hash) AS banners
     FROM (
       SELECT ${groupOf(view.grouping)} AS own, ${kept ? "if(own IN {kept:Array(String)}, own, '')" : 'own'} AS banner_group,
         sipHash64(player_id) AS player_hash, sipHash64(toString(banner_tag)) AS banner_hash
       FROM ${isWithout(view) ? `events_log WHERE NOT is_bot AND banner_tag != ''` : 'player_touches WHERE true'} AND ${OF_DAYS} AND player_id != '' ${inView(view)})
     GROUP BY GROUPING SETS ((banner_group), ())
     ${mostOf('players')}`,
    { ...days, ...viewParams(view), kept: kept ?? [] },
  )

/** What a series is of; an amount needs its currency. */
export type SeriesMetric = 'visits' | 'registrations' | 'deposits' | 'first_deposits' | 'amount'

export interface SeriesQuestion extends Days, Span {
  readonly time_zone: string
  readonly metric: SeriesMetric
  readonly currency: string
  /** Whose series. */
  readonly names: readonly string[]
  /** Days a point stands for, counted back from the last day. */
  readonly days_per_point: number
}

const SERIES: Readonly<Record<SeriesMetric, (view: BannerView) => string>> = {
  visits: (view) => ofType('visit', view),
  registrations: (view) => ofType('registration', view),
  deposits: (view) => ofType('deposit', view),
  first_deposits: (view) => `
    SELECT banner_tag, toDate(deposit_at, {time_zone:String}) AS day, 1 AS value FROM players
    WHERE ${IN_SPAN('deposit_at')} ${inView(view)} AND ${orOnlyPeople(!isWithout(view))}`,
  amount: (view) =>
    isWithout(view)
      ? `SELECT banner_tag, event_date AS day, amount AS value FROM (${depositsOf(people(view), OF_DAYS)}) WHERE currency = {currency:String}`
      : `SELECT banner_tag, event_date AS day, amount AS value FROM daily_amounts
    WHERE ${OF_DAYS} AND event_type = 'deposit' AND currency = {currency:String} ${inView(view)}`,
}
const ofType = (type: string, view: BannerView) =>
  isWithout(view)
    ? `SELECT said AS banner_tag, event_date AS day, 1 AS value FROM (${firstEvents(people(view), 'toString(banner_tag)', `${OF_DAYS} AND event_type = '${type}'`)})`
    : `SELECT banner_tag, event_date AS day, count AS value FROM event_summary WHERE ${OF_DAYS} AND event_type = '${type}' ${inView(view)}`

/** Series of one metric for some names: `[point, value]` pairs, point 0 the first one that is whole. */
export async function campaignSeries(clickhouse: ClickHouse, question: SeriesQuestion, view: BannerView) {
  const { metric, ...params } = question
  return clickhouse.rows<{ readonly name: string; readonly points: readonly (readonly [number, number])[] }>(
    `SELECT name, groupArray(tuple(point, value)) AS points
     FROM (
       SELECT ${groupOf(view.grouping)} AS name, intDiv(toInt32(toDate({to:Date})) - toInt32(day), {days_per_point:UInt32}) AS point,
         toFloat64(sum(value)) AS value
       FROM (${SERIES[metric](view)})
       WHERE name IN {names:Array(String)}
       GROUP BY name, point)
     GROUP BY name`,
    { ...params, ...viewParams(view) },
  )
}
