/** Cohorts as people choose them, and as a link holds them: `start=registration&period=week&back=deposit`. */
import {
  COHORT_STARTS,
  type CohortStart,
  PERIODS,
  type Period,
  RETURNS,
  type Returns,
} from '@rtpx/clickhouse/queries/cohort-limits'
import {
  addDays,
  addMonths,
  type DayRange,
  endOfMonth,
  max,
  min,
  startOfMonth,
  startOfWeek,
} from '#lib/day.ts'

/** What is counted: who came back, or what was deposited. */
export type Back = Returns | 'amount'
export const BACKS: readonly Back[] = [...RETURNS, 'amount']

export interface RetentionSpec {
  readonly start: CohortStart
  readonly period: Period
  readonly back: Back
  /** Of the amounts; null: the most frequent one. */
  readonly currency: string | null
  /** The acquiring banner, or null for all. */
  readonly banner: string | null
  readonly with_bots: boolean
  /** Whether amounts are those of each period, or all up to it. */
  readonly running: boolean
}

/** What a link says that cannot be. */
export interface SpecProblem {
  readonly field: string
  readonly detail: string
}

/** The cohorts that opens without a choice, and those many sites look at. */
export const DEFAULT_RETENTION: RetentionSpec = {
  start: 'visit',
  period: 'week',
  back: 'any',
  currency: null,
  banner: null,
  with_bots: true,
  running: false,
}
export const RETENTION_PRESETS = [
  { label: 'Visitors who come back', start: 'visit', back: 'any' },
  { label: 'Registered who deposit', start: 'registration', back: 'deposit' },
  { label: 'Depositors who deposit again', start: 'deposit', back: 'deposit' },
  { label: 'Deposited by registration', start: 'registration', back: 'amount' },
] as const satisfies readonly ({ label: string } & Pick<RetentionSpec, 'start' | 'back'>)[]

/** The cohorts a link names. */
export function retentionOf(params: URLSearchParams): RetentionSpec | SpecProblem {
  const start = oneOf(params, 'start', COHORT_STARTS, DEFAULT_RETENTION.start)
  const period = oneOf(params, 'period', PERIODS, DEFAULT_RETENTION.period)
  const back = oneOf(params, 'back', BACKS, DEFAULT_RETENTION.back)
  const sum = oneOf(params, 'sum', ['each', 'running'] as const, 'each')
  for (const choice of [start, period, back, sum]) if (typeof choice !== 'string') return choice
  const currency = params.get('currency')
  if (currency !== null && currency.length > 32) return { field: 'currency', detail: 'this is no currency' }
  return {
    start: start as CohortStart,
    period: period as Period,
    back: back as Back,
    currency,
    banner: params.get('banner'),
    with_bots: params.get('bots') !== '0',
    running: sum === 'running',
  }
}

function oneOf<Name extends string>(
  params: URLSearchParams,
  field: string,
  names: readonly Name[],
  fallback: Name,
) {
  const text = params.get(field)
  if (text === null) return fallback
  return names.find((name) => name === text) ?? { field, detail: `${field} is one of ${names.join(', ')}` }
}

/** The most cohorts a table shows. */
const MOST: Readonly<Record<Period, number>> = { day: 62, week: 54, month: 37 }

/**
 * The range in whole periods, but for the present one: what began in the week of its first day is in, too. The latest MOST of them.
 * @returns also whether some were left out
 */
export function wholePeriods(
  range: DayRange,
  period: Period,
  today: string,
): DayRange & { readonly cut: boolean } {
  const starts = { day: (day: string) => day, week: startOfWeek, month: startOfMonth }
  const ends = {
    day: (day: string) => day,
    week: (day: string) => addDays(startOfWeek(day), 6),
    month: endOfMonth,
  }
  const to = min(ends[period](range.to), today)
  const last = starts[period](to)
  const least = {
    day: addDays(last, 1 - MOST.day),
    week: addDays(last, 7 * (1 - MOST.week)),
    month: addMonths(last, 1 - MOST.month),
  }[period]
  const from = starts[period](range.from)
  return { from: max(from, least), to, cut: from < least }
}
