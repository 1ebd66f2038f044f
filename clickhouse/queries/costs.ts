/**
 * What campaigns cost, as people enter it, and what of it falls to a day and a banner. A cost of a prefix is paid for every banner that
 * begins with it: each day's part is divided among them by the visits they brought that day, to the last 0.00000001; what falls to a day
 * without a visit is nobody's. When all those banners are one group, it is that group's, whole.
 */
import type { ClickHouse } from '../client.ts'
import { type BannerView, groupOf, isInOneGroup, viewParams } from './banner-groups.ts'
import type { Days } from './metrics.ts'

/** A cost as it is entered. */
export interface CostEntry {
  /** The banner, or with `is_prefix` what the banners begin with; empty and a prefix: every banner. */
  readonly banner_tag: string
  readonly is_prefix: boolean
  /** Days it is spread over, both included. */
  readonly from_day: string
  readonly to_day: string
  /** Exact, as text. */
  readonly amount: string
  readonly currency: string
  /** Decimals of the smallest part a day can hold. */
  readonly decimals: number
  readonly note: string
}

export interface Cost extends CostEntry {
  readonly cost_id: string
  readonly changed_by: string
  /** ms. */
  readonly updated_at: number
}

const COLUMNS = 'banner_tag, is_prefix, from_day, to_day, amount, currency, decimals, note'

/** Every cost of a site, the latest days first. */
export const listCosts = (clickhouse: ClickHouse, site_id: string) =>
  clickhouse.rows<Cost>(
    `SELECT cost_id, ${COLUMNS}, changed_by, toUnixTimestamp64Milli(updated_at) AS updated_at FROM costs
     WHERE site_id = {site_id:String} ORDER BY from_day DESC, to_day DESC, banner_tag, cost_id`,
    { site_id },
  )

/** Writes costs, new ones or new versions. @param writing who writes, and when by the caller's clock, ms */
export const writeCosts = (
  clickhouse: ClickHouse,
  site_id: string,
  costs: readonly (CostEntry & { readonly cost_id: string })[],
  writing: { readonly changed_by: string; readonly updated_at: number },
) =>
  clickhouse.insertLines(
    'costs_log',
    costs.map((cost) => JSON.stringify({ site_id, ...cost, ...writing })),
  )

/** Removes costs; their versions stay in the log. */
export const removeCosts = (
  clickhouse: ClickHouse,
  site_id: string,
  cost_ids: readonly string[],
  writing: { readonly changed_by: string; readonly updated_at: number },
) =>
  clickhouse.command(
    `INSERT INTO costs_log (site_id, cost_id, ${COLUMNS}, changed_by, deleted, updated_at)
     SELECT site_id, cost_id, ${COLUMNS}, {changed_by:String}, true, fromUnixTimestamp64Milli({updated_at:Int64}, 'UTC') FROM costs
     WHERE site_id = {site_id:String} AND cost_id IN {cost_ids:Array(UUID)}`,
    { site_id, cost_ids, ...writing },
  )

/** Into what the days are put: all together, or by the week or month they are in. */
export type CostPeriod = 'all' | 'week' | 'month'

/** The first day of the period of a column of days. */
export const periodOf = (period: CostPeriod, column: string) =>
  ({ all: 'toDate({from:Date})', week: `toMonday(${column})`, month: `toStartOfMonth(${column})` })[period]

export interface NamedCost {
  /** The banner or group; null for all costs, those that are nobody's too. */
  readonly name: string | null
  /** First day of the week or month, or the first day asked for. */
  readonly period: string
  readonly currency: string
  /** Exact, as text. */
  readonly amount: string
}

const OF_DAYS = 'site_id = {site_id:String} AND event_date BETWEEN {from:Date} AND {to:Date}'

/** The costs of some days by banner or group, and all together. */
export function campaignCosts(
  clickhouse: ClickHouse,
  days: Days,
  { grouping }: Pick<BannerView, 'grouping'>,
  period: CostPeriod,
) {
  const view: BannerView = { grouping, banner_prefixes: null }
  const whole = isInOneGroup(grouping)
  const asUnits = 'toInt256(toDecimal256(sum(daily_costs.amount), 8) * 100000000)'
  const sql = `
    SELECT if(is_total, NULL, banner_group) AS name, period, currency, toDecimal128(sum(part), 8) AS amount
    FROM (
      SELECT ${groupOf(grouping)} AS banner_group, false AS is_total, ${periodOf(period, 'event_date')} AS period, currency,
        toDecimal256(daily_costs.amount, 8) AS part
      FROM daily_costs WHERE ${OF_DAYS} AND (NOT is_prefix OR (${whole}))
      UNION ALL
      SELECT banner_group, false AS is_total, period, currency,
        toDecimal256(intDiv(units * through, of_day) - intDiv(units * (through - visits), of_day), 8) / 100000000 AS part
      FROM (
        SELECT ${groupOf(grouping, 'v.banner')} AS banner_group, ${periodOf(period, 'c.day')} AS period, c.currency AS currency, c.units AS units,
          toInt256(v.visits) AS visits,
          sum(toInt256(v.visits)) OVER (PARTITION BY c.day, c.start, c.currency ORDER BY v.banner ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS through,
          sum(toInt256(v.visits)) OVER (PARTITION BY c.day, c.start, c.currency) AS of_day
        FROM (
          SELECT event_date AS day, banner_tag AS start, currency, ${asUnits} AS units
          FROM daily_costs WHERE ${OF_DAYS} AND is_prefix AND NOT (${whole})
          GROUP BY day, start, currency) AS c
        INNER JOIN (
          SELECT event_date AS day, toString(banner_tag) AS banner, sum(count) AS visits
          FROM event_summary WHERE ${OF_DAYS} AND event_type = 'visit'
          GROUP BY day, banner) AS v ON v.day = c.day
        WHERE startsWith(v.banner, c.start))
      UNION ALL
      SELECT '' AS banner_group, true AS is_total, ${periodOf(period, 'event_date')} AS period, currency, toDecimal256(daily_costs.amount, 8) AS part
      FROM daily_costs WHERE ${OF_DAYS})
    GROUP BY is_total, banner_group, period, currency
    ORDER BY is_total DESC, amount DESC, name`
  return clickhouse.rows<NamedCost>(sql, { ...days, ...viewParams(view) })
}
