/**
 * What the players that banners acquired have deposited since, by the week or month they were first seen in: a cohort's age counts from the
 * day each player was first seen, day 0, in the time zone of the site. Deposits count whatever banner they came with.
 */
import type { ClickHouse } from '../client.ts'
import { type Grouping, groupOf, viewParams } from './banner-groups.ts'
import type { Span } from './campaigns.ts'
import { type CostPeriod, periodOf } from './costs.ts'
import { orOnlyPeople } from './known-bots.ts'

/** Whose players: of one banner or group, or of every banner that has a cost in the currency. */
export type Acquirers = { readonly name: string; readonly grouping: Grouping } | 'with_costs'

export interface CohortQuestion extends Span {
  readonly time_zone: string
  readonly period: Exclude<CostPeriod, 'all'>
  readonly currency: string
  readonly acquirers: Acquirers
  /** Without, players all of whose events came from known bots are left out. */
  readonly with_bots?: boolean
}

export interface CohortDeposits {
  /** First day of the week or month. */
  readonly cohort: string
  readonly players: number
  /** What was deposited on a day of the players' age, exact, as text; in order of age. */
  readonly by_age: readonly { readonly age: number; readonly amount: string }[]
  /** What was deposited on a day of the calendar; in order of days. */
  readonly by_day: readonly { readonly event_date: string; readonly amount: string }[]
}

const WITH_COSTS = `(banner_tag IN (SELECT banner_tag FROM costs WHERE site_id = {site_id:String} AND currency = {currency:String} AND NOT is_prefix)
  OR arrayExists(start -> startsWith(banner_tag, start), (
    SELECT groupUniqArray(banner_tag) FROM costs WHERE site_id = {site_id:String} AND currency = {currency:String} AND is_prefix)))`

/** The cohorts whose players were first seen in a time, each with its deposits so far. */
export async function cohortDeposits(
  clickhouse: ClickHouse,
  question: CohortQuestion,
): Promise<CohortDeposits[]> {
  const { acquirers, period, with_bots = true, ...values } = question
  const grouping: Grouping = acquirers === 'with_costs' ? { by: 'banner' } : acquirers.grouping
  const whose = acquirers === 'with_costs' ? WITH_COSTS : `${groupOf(grouping)} = {name:String}`
  const acquired = `
    SELECT player_id, toDate(first_seen, {time_zone:String}) AS first_day, ${periodOf(period, 'first_day')} AS cohort
    FROM players
    WHERE site_id = {site_id:String} AND first_seen >= fromUnixTimestamp64Milli({from_at:Int64}, 'UTC')
      AND first_seen < fromUnixTimestamp64Milli({until_at:Int64}, 'UTC') AND ${whose}
      AND ${orOnlyPeople(with_bots)}`
  const params = {
    ...values,
    ...viewParams({ grouping, banner_prefixes: null }),
    name: acquirers === 'with_costs' ? '' : acquirers.name,
  }
  const [cohorts, sums] = await Promise.all([
    clickhouse.rows<{ cohort: string; players: number }>(
      `SELECT cohort, count() AS players FROM (${acquired}) GROUP BY cohort ORDER BY cohort`,
      params,
    ),
    clickhouse.rows<{ cohort: string; age: number | null; event_date: string | null; amount: string }>(
      `SELECT a.cohort AS cohort,
         if(grouping(days_old) = 0, days_old, NULL) AS age,
         if(grouping(day) = 0, toString(day), NULL) AS event_date,
         sum(toDecimal128(ifNull(d.amount, 0), 8)) AS amount
       FROM (
         SELECT player_id, event_date AS day, deposits.amount AS amount FROM deposits
         WHERE site_id = {site_id:String} AND currency = {currency:String}) AS d
       INNER JOIN (${acquired}) AS a ON a.player_id = d.player_id
       GROUP BY GROUPING SETS ((a.cohort, greatest(0, toInt32(d.day) - toInt32(a.first_day)) AS days_old), (a.cohort, day))
       ORDER BY cohort, age, event_date`,
      params,
    ),
  ])
  return cohorts.map(({ cohort, players }) => {
    const own = sums.filter((sum) => sum.cohort === cohort)
    return {
      cohort,
      players,
      by_age: own.flatMap(({ age, amount }) => (age === null ? [] : [{ age, amount }])),
      by_day: own.flatMap(({ event_date, amount }) => (event_date === null ? [] : [{ event_date, amount }])),
    }
  })
}
