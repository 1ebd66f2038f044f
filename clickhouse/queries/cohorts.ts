/**
 * Cohorts: players by the period in which they began (first visit, registration or first deposit), and how many came back, or how much they
 * deposited, in each period since.
 *
 * - Periods are calendar days, weeks from Monday, or months of the site. Period 0 is the one a player began in, from that day on.
 * - A player's events are those that name the player, and those of the visitors the player owns that name nobody (the rule of `players`).
 * - A banner is the acquiring one: of the player's first event that carried one.
 * - Read from one row a player (`player_activity`), so it costs as many rows as there are players, however many events they had.
 */
import type { ClickHouse } from '../client.ts'
import type { CohortStart, Period, Returns } from './cohort-limits.ts'
import { HAS_PREFIX } from './event-conditions.ts'
import { BOUNDED } from './funnel-attempts.ts'
import type { BoundStatement } from './funnels.ts'
import { orOnlyPeople } from './known-bots.ts'

export interface CohortQuestion {
  readonly site_id: string
  /** Days in which players begin, both included: whole periods, but for the present one. */
  readonly from: string
  readonly to: string
  readonly period: Period
  readonly start: CohortStart
  /** What players come back with; or the currency whose deposits are added up. */
  readonly measure: { readonly returns: Returns } | { readonly currency: string }
  /** Only players acquired by this banner; null: all. Empty: those without one. */
  readonly banner_tag: string | null
  /** Only players acquired by banners that begin with one of these, and payments credited to such; null: all. */
  readonly banner_prefixes: readonly string[] | null
  /** Without, players all of whose events came from known bots are left out. */
  readonly with_bots?: boolean
  /** Today at the site. */
  readonly today: string
}

/** Players of one cohort in one period since. */
export interface CohortCount {
  /** Empty unless banners are told apart. */
  readonly banner_tag: string
  /** First day of the period the players began in. */
  readonly cohort: string
  /** Periods since; -1: the cohort itself. */
  readonly age: number
  readonly players: number
  /** Deposited, exact, as text; '0' unless amounts are asked for. */
  readonly amount: string
}

/** Banners that are told apart: those with the most players. */
export const MAX_BANNERS = 50

const NONE = "toDate('2149-06-06')"
const STARTS: Readonly<Record<CohortStart, string>> = {
  visit: `if(empty(visits), ${NONE}, arrayMin(visits))`,
  registration: 'registered',
  deposit: `if(empty(deposits), ${NONE}, arrayMin(deposits))`,
}
const RETURN_DAYS: Readonly<Record<Returns, string>> = {
  any: 'actives',
  visit: 'visits',
  deposit: 'deposits',
}
/** The number of a day's period. 1970 began on a Thursday. */
const NUMBERS: Readonly<Record<Period, (day: string) => string>> = {
  day: (day) => `toInt32(${day})`,
  week: (day) => `intDiv(toInt32(${day}) + 3, 7)`,
  month: (day) => `toInt32(toRelativeMonthNum(${day}))`,
}
const FIRST_DAYS: Readonly<Record<Period, string>> = {
  day: 'began',
  week: 'toMonday(began)',
  month: 'toStartOfMonth(began)',
}

/** The players of each cohort, and those who came back by age. @param byBanner whether acquiring banners are told apart */
export function cohortCounts(
  clickhouse: ClickHouse,
  question: CohortQuestion,
  byBanner: boolean,
): Promise<CohortCount[]> {
  const { sql, params } = cohortStatement(question, byBanner)
  return clickhouse.rows<CohortCount>(sql, params)
}

/** What cohortCounts asks. */
export function cohortStatement(question: CohortQuestion, byBanner: boolean): BoundStatement {
  const { period, measure, with_bots: _, ...bound } = question
  const number = NUMBERS[period]
  const cohort = FIRST_DAYS[period]
  const age = (day: string) => `${number(day)} - ${number('began')}`
  const banner = byBanner ? 'banner' : "''"
  const returns = 'returns' in measure ? measure.returns : null
  const ages = returns
    ? `arrayDistinct(arrayMap(day -> ${age('day')}, arrayFilter(day -> day >= began AND day <= {today:Date}, ${RETURN_DAYS[returns]})))`
    : '[]'
  const counted = `
    SELECT ${banner} AS banner_tag, ${cohort} AS cohort, arrayJoin(arrayPushFront(${ages}, -1)) AS age, count() AS players, toDecimal128(0, 8) AS amount
    FROM (${playersSql(question, byBanner, returns === 'any')}) GROUP BY banner_tag, cohort, age`
  const paid = `
    SELECT ${banner} AS banner_tag, ${cohort} AS cohort, ${age('event_date')} AS age, uniqExact(player_id) AS players,
      sum(toDecimal128(ifNull(paid.amount, 0), 8)) AS amount
    FROM (
      SELECT player_id, event_date, amount FROM deposits
      WHERE site_id = {site_id:String} AND event_date BETWEEN {from:Date} AND {today:Date} AND currency = {currency:String}
        AND ${question.banner_prefixes ? HAS_PREFIX : '1'}) AS paid
    INNER JOIN (${playersSql(question, byBanner, false)}) AS players ON paid.player_id = players.player_id
    WHERE event_date >= began
    GROUP BY banner_tag, cohort, age`
  const top = byBanner
    ? `WHERE banner_tag IN (SELECT banner_tag FROM counts WHERE age = -1 GROUP BY banner_tag ORDER BY sum(players) DESC, banner_tag LIMIT ${MAX_BANNERS})`
    : ''
  return {
    sql: `WITH counts AS (${returns ? counted : `${counted} UNION ALL ${paid}`})
     SELECT banner_tag, toString(cohort) AS cohort, age, players, toString(amount) AS amount FROM counts ${top}
     ORDER BY banner_tag, cohort, age SETTINGS ${BOUNDED}`,
    params: {
      ...bound,
      currency: 'currency' in measure ? measure.currency : '',
      banner_prefixes: question.banner_prefixes ?? [],
    },
  }
}

/** Currencies that a site's deposits were in over some days, the most frequent first. */
export async function depositCurrencies(
  clickhouse: ClickHouse,
  days: {
    readonly site_id: string
    readonly from: string
    readonly to: string
    readonly banner_prefixes: readonly string[] | null
  },
): Promise<string[]> {
  const rows = await clickhouse.rows<{ currency: string }>(
    `SELECT currency, sum(count) AS payments FROM daily_amounts
     WHERE site_id = {site_id:String} AND event_date BETWEEN {from:Date} AND {to:Date} AND event_type = 'deposit'
       AND ${days.banner_prefixes ? HAS_PREFIX : '1'}
     GROUP BY currency ORDER BY payments DESC, currency LIMIT 50`,
    { ...days, banner_prefixes: days.banner_prefixes ?? [] },
  )
  return rows.map(({ currency }) => currency)
}

/** Who began in the days asked for: player_id, began, the days of what they did, and the acquiring banner where it matters. */
function playersSql(question: CohortQuestion, byBanner: boolean, withVisitors: boolean): string {
  const own = `
    SELECT player_id, active_days, visit_days, deposit_days, registered_on FROM player_activity WHERE site_id = {site_id:String}`
  const players = `
    SELECT player_id, groupUniqArrayArray(active_days) AS actives, groupUniqArrayArray(visit_days) AS visits,
      groupUniqArrayArray(deposit_days) AS deposits, min(registered_on) AS registered, ${STARTS[question.start]} AS began
    FROM (${withVisitors ? `${own} UNION ALL ${VISITORS}` : own})
    WHERE ${orOnlyPeople(question.with_bots ?? true)}
    GROUP BY player_id
    HAVING began BETWEEN {from:Date} AND {to:Date}`
  const { banner_tag, banner_prefixes } = question
  if (!byBanner && banner_tag === null && banner_prefixes === null) return players
  const kept = [
    banner_tag !== null && 'banner = {banner_tag:String}',
    banner_prefixes !== null && HAS_PREFIX.replace('banner_tag', 'banner'),
  ].filter(Boolean)
  return `
    SELECT p.*, b.banner AS banner FROM (${players}) AS p
    LEFT ANY JOIN (SELECT player_id, banner_tag AS banner FROM players_log FINAL WHERE site_id = {site_id:String}) AS b ON p.player_id = b.player_id
    ${kept.length > 0 ? `WHERE ${kept.join(' AND ')}` : ''}`
}

/** What visitors did without a name, as their owners'. */
const VISITORS = `
  SELECT owner AS player_id, active_days, [] AS visit_days, [] AS deposit_days, ${NONE} AS registered_on
  FROM (SELECT visitor_id, active_days FROM visitor_activity WHERE site_id = {site_id:String} AND arrayMax(active_days) >= {from:Date}) AS v
  INNER JOIN (
    SELECT visitor_id, argMin(player_id, tuple(named_at, player_id)) AS owner FROM visitor_players
    WHERE site_id = {site_id:String} AND visitor_id IN (
      SELECT visitor_id FROM visitor_activity WHERE site_id = {site_id:String} AND arrayMax(active_days) >= {from:Date})
    GROUP BY visitor_id) AS o ON v.visitor_id = o.visitor_id`
