/**
 * When a cohort is paid back: the first day of its players' age, counted from the day each was first seen as day 0, through which they have
 * deposited as much as they cost. Exact amounts; nothing is extrapolated.
 */
import { decimalOf, numberOf, unitsOf } from '#lib/decimal.ts'

/** A cohort's deposits, as ClickHouse answers them. */
export interface CohortDeposits {
  readonly cohort: string
  readonly players: number
  readonly by_age: readonly { readonly age: number; readonly amount: string }[]
  readonly by_day: readonly { readonly event_date: string; readonly amount: string }[]
}

export interface Cohort {
  /** First day of the week or month. */
  readonly cohort: string
  readonly players: number
  /** What the week or month cost, up to today; exact, as text. */
  readonly cost: string
  readonly deposited: string
  /** The players' age in days at which deposits had paid the cost; null while they have not. */
  readonly payback_day: number | null
  /** The calendar day on which they had. */
  readonly paid_back_on: string | null
  /** Deposits of the cost; null when it cost nothing. */
  readonly share: number | null
  /** The week or month still runs: players and costs are still to come. */
  readonly is_running: boolean
  /** Share of the cost deposited through each day of age, day 0 first. */
  readonly curve: readonly number[]
}

export interface Payback {
  readonly period: 'week' | 'month'
  /** The banner or group whose players are looked at; null for all that have costs. */
  readonly name: string | null
  /** Names with costs in the currency, to choose from. */
  readonly names: readonly string[]
  readonly cohorts: readonly Cohort[]
}

/** At most so many days of a curve travel to the page. */
const CURVE_DAYS = 180

/** The first of the days through which the amounts reach the cost; null when they do not. */
function firstReaching<Day>(
  sums: readonly { readonly day: Day; readonly units: bigint }[],
  cost: bigint,
): Day | null {
  let sum = 0n
  for (const { day, units } of sums) {
    sum += units
    if (sum >= cost) return day
  }
  return null
}

/** Share of the cost through each day of age, as long as deposits come or the payback took. */
function curveOf(by_age: CohortDeposits['by_age'], cost: bigint, oldest: number): number[] {
  const days = Math.min(CURVE_DAYS, oldest + 1)
  const amounts = new Map(by_age.map(({ age, amount }) => [age, unitsOf(amount)]))
  let sum = 0n
  return Array.from({ length: days }, (_, age) => {
    sum += amounts.get(age) ?? 0n
    return numberOf(sum) / numberOf(cost)
  })
}

/**
 * The payback of a cohort.
 * @param cost what it cost, as text
 * @param period its days; `last` is the last of them, or of those so far
 */
export function cohortOf(
  { cohort, players, by_age, by_day }: CohortDeposits,
  cost: string,
  { oldest, is_running }: { readonly oldest: number; readonly is_running: boolean },
): Cohort {
  const units = unitsOf(cost)
  const deposited = by_age.reduce((sum, { amount }) => sum + unitsOf(amount), 0n)
  const isCosted = units > 0n
  return {
    cohort,
    players,
    cost,
    deposited: decimalOf(deposited),
    payback_day: isCosted
      ? firstReaching(
          by_age.map(({ age, amount }) => ({ day: age, units: unitsOf(amount) })),
          units,
        )
      : null,
    paid_back_on: isCosted
      ? firstReaching(
          by_day.map(({ event_date, amount }) => ({ day: event_date, units: unitsOf(amount) })),
          units,
        )
      : null,
    share: isCosted ? numberOf(deposited) / numberOf(units) : null,
    is_running,
    curve: isCosted ? curveOf(by_age, units, oldest) : [],
  }
}
