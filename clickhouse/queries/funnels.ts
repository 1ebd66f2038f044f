/**
 * What the funnels page and the API ask: how many persons did each step, how long they took, and who stopped where. The rules of
 * persons and attempts are those of funnel-attempts.ts.
 */
import type { ClickHouse, Params } from '../client.ts'
import { boundCondition, boundText, type FilterField, HAS_PREFIX } from './event-conditions.ts'
import { BOUNDED, bestAttempts, type FunnelQuestion, valueSql } from './funnel-attempts.ts'
import { type Breakdown, MAX_DROPOUTS } from './funnel-limits.ts'

/** Numbers of some persons. Lists go by step; times are ms, of persons who did the step, from the step before. */
export interface FunnelNumbers {
  /** Persons who did so many steps at least. */
  readonly people: number[]
  /** For each step but the first: the median and the 90th percentile, each a time that somebody took; 0 when nobody did. */
  readonly median_ms: number[]
  readonly p90_ms: number[]
  /** From entering to the last step. */
  readonly total_median_ms: number
  readonly total_p90_ms: number
  /** Persons who have not done the last step and whose window is still open. */
  readonly waiting: number
}

export interface FunnelReport {
  readonly total: FunnelNumbers
  /** By value of the breakdown, the most persons first (days in their order); at most MAX_VALUES. */
  readonly values: readonly (FunnelNumbers & { readonly value: string })[]
}

export interface BoundStatement {
  readonly sql: string
  readonly params: Params
}

/** Values of a breakdown that are told apart; the others are the difference to the total. */
export const MAX_VALUES = 200

/**
 * The funnel of a site.
 * @param by what persons are told apart by; null: they are not
 * @param now ms. @throws RangeError as bestAttempts does
 */
export async function funnelReport(
  clickhouse: ClickHouse,
  question: FunnelQuestion,
  by: Breakdown | null,
  now: number,
): Promise<FunnelReport> {
  const { sql, params } = funnelStatement(question, by, now)
  const rows = await clickhouse.rows<FunnelNumbers & { of_value: 0 | 1; value: string }>(sql, params)
  const total = rows.find(({ of_value }) => !of_value)
  const values = rows.filter(({ of_value }) => of_value)
  const names = by === null ? new Map() : await valueNames(clickhouse, question, by, values)
  return {
    total: total ? numbersOf(total) : nobody(question.steps.length),
    values: values
      .map((row) => ({ value: names.get(row.value) ?? '', ...numbersOf(row) }))
      .sort((a, b) => (by === 'day' ? (a.value < b.value ? -1 : 1) : 0)),
  }
}

/** What funnelReport asks: a row of the total and, with a breakdown, one of each value's hash. */
export function funnelStatement(question: FunnelQuestion, by: Breakdown | null, now: number): BoundStatement {
  const { sql, params } = bestAttempts(question, by)
  const count = question.steps.length
  const steps = Array.from({ length: count - 1 }, (_, at) => at + 2)
  const quantiles = [
    ...steps.map((step) => `quantilesExactIf(0.5, 0.9)(t${step} - t${step - 1}, level >= ${step})`),
    `quantilesExactIf(0.5, 0.9)(t${count} - t1, level >= ${count})`,
  ]
  return {
    sql: `SELECT ${by === null ? '0 AS of_value' : 'grouping(value) = 0 AS of_value'}, toString(${by === null ? '0' : 'value'}) AS value,
       [count(), ${steps.map((step) => `countIf(level >= ${step})`).join(', ')}] AS people,
       [${quantiles.join(', ')}] AS times,
       arrayMap(pair -> pair[1], arrayPopBack(times)) AS median_ms, arrayMap(pair -> pair[2], arrayPopBack(times)) AS p90_ms,
       times[-1][1] AS total_median_ms, times[-1][2] AS total_p90_ms,
       countIf(level < ${count} AND t1 + {window_ms:Int64} > {now:Int64}) AS waiting
     FROM (${sql}) ${by === null ? '' : 'GROUP BY GROUPING SETS ((), (value))'}
     ORDER BY of_value, people[1] DESC, value LIMIT ${MAX_VALUES + 1}
     SETTINGS ${BOUNDED}`,
    params: { ...params, now },
  }
}

const numbersOf = ({ people, median_ms, p90_ms, total_median_ms, total_p90_ms, waiting }: FunnelNumbers) => ({
  people,
  median_ms,
  p90_ms,
  total_median_ms,
  total_p90_ms,
  waiting,
})

const nobody = (steps: number): FunnelNumbers => ({
  people: Array(steps).fill(0),
  median_ms: Array(steps - 1).fill(0),
  p90_ms: Array(steps - 1).fill(0),
  total_median_ms: 0,
  total_p90_ms: 0,
  waiting: 0,
})

/** The texts behind the hashes that attempts carry. */
async function valueNames(
  clickhouse: ClickHouse,
  { site_id, from, to, steps }: FunnelQuestion,
  by: Breakdown,
  values: readonly { readonly value: string }[],
): Promise<Map<string, string>> {
  const [first] = steps
  if (values.length === 0 || !first) return new Map()
  const { sql, params } = boundCondition(first, 's1')
  const rows = await clickhouse.rows<{ hash: string; name: string }>(
    `SELECT DISTINCT toString(sipHash64(name)) AS hash, name FROM (
       SELECT ${valueSql(by)} AS name FROM events_log
       WHERE site_id = {site_id:String} AND event_date BETWEEN {from:Date} AND {to:Date} AND ${sql})
     WHERE hash IN {hashes:Array(String)}`,
    { ...params, site_id, from, to, hashes: values.map(({ value }) => value) },
  )
  return new Map(rows.map(({ hash, name }) => [hash, name]))
}

export interface Dropout {
  /** The player; empty: a visitor without a name. */
  readonly player_id: string
  readonly visitor_id: string
  /** When the person entered, ms. */
  readonly entered_at: number
  /** When the last step that the person did was, ms. */
  readonly stopped_at: number
}

/**
 * Persons who did so many steps and not the next: those who entered last first, at most MAX_DROPOUTS.
 * @param step from 1; the last step asks for those who did all of them
 */
export async function funnelDropouts(
  clickhouse: ClickHouse,
  question: FunnelQuestion,
  step: number,
): Promise<Dropout[]> {
  const { sql, params } = bestAttempts(question, null, true)
  return clickhouse.rows<Dropout>(
    `SELECT who.1 AS player_id, who.2 AS visitor_id, t1 AS entered_at, t${step} AS stopped_at
     FROM (${sql}) WHERE level = ${step}
     ORDER BY t1 DESC, who LIMIT ${MAX_DROPOUTS}
     SETTINGS ${BOUNDED}`,
    params,
  )
}

/** The first day of the site whose raw events are still there, when some of the range's are not; null when all are. */
export async function eventsGoneBefore(
  clickhouse: ClickHouse,
  { site_id, from }: { readonly site_id: string; readonly from: string },
): Promise<string | null> {
  const [row] = await clickhouse.rows<{ kept_from: string }>(
    `SELECT toString(max(event_date) + 1) AS kept_from FROM retention_cuts
     WHERE subject = 'events' AND site_id = {site_id:String} AND event_date >= {from:Date} HAVING count() > 0`,
    { site_id, from },
  )
  return row?.kept_from ?? null
}

/** The most frequent values of a field among a site's events of some days, to choose from; at most 50. */
export async function fieldValues(
  clickhouse: ClickHouse,
  asked: {
    readonly site_id: string
    readonly from: string
    readonly to: string
    readonly event_type: string
    readonly field: FilterField
    readonly banner_prefixes: readonly string[] | null
  },
): Promise<string[]> {
  const { site_id, from, to, banner_prefixes } = asked
  const condition = boundCondition({ event_type: asked.event_type, filters: [] }, 's')
  const value = boundText(asked.field, 'f')
  const rows = await clickhouse.rows<{ value: string }>(
    `SELECT ${value.sql} AS value FROM events_log
     WHERE site_id = {site_id:String} AND event_date BETWEEN {from:Date} AND {to:Date} AND ${condition.sql} AND value != ''
       ${banner_prefixes === null ? '' : `AND ${HAS_PREFIX}`}
     GROUP BY value ORDER BY count() DESC, value LIMIT 50
     SETTINGS ${BOUNDED}`,
    { ...condition.params, ...value.params, site_id, from, to, ...(banner_prefixes && { banner_prefixes }) },
  )
  return rows.map(({ value }) => value)
}
