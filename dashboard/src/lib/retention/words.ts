/** Cohorts in words. */
import type { CohortStart, Period } from '@rtpx/clickhouse/queries/cohort-limits'
import { rangeName } from '#lib/format.ts'
import { money, moneyRate } from '#lib/money.ts'
import type { Back, RetentionSpec } from './spec.ts'

export const START_NAMES: Readonly<Record<CohortStart, string>> = {
  visit: 'First visit',
  registration: 'Registration',
  deposit: 'First deposit',
}
export const BACK_NAMES: Readonly<Record<Back, string>> = {
  any: 'Any event',
  visit: 'Visit',
  deposit: 'Deposit',
  amount: 'Deposited amount',
}
export const PERIOD_NAMES: Readonly<Record<Period, string>> = { day: 'Day', week: 'Week', month: 'Month' }

/** `Week 3`. */
export const ageName = (period: Period, age: number) => `${PERIOD_NAMES[period]} ${age}`

/** A cohort's days: `23 Feb – 1 Mar`. */
export const cohortName = (cohort: { readonly from: string; readonly to: string }, today: string) =>
  rangeName(cohort, today)

/** A ratio as the table shows it: whole percents, or an amount for each player. */
export function ratioText(
  ratio: number | undefined,
  { back }: Pick<RetentionSpec, 'back'>,
  currency: string,
): string {
  if (ratio === undefined) return '–'
  if (back === 'amount') return moneyRate(ratio, currency)
  const percent = ratio * 100
  return `${percent > 0 && percent < 10 ? percent.toFixed(1) : Math.round(percent)}%`
}

export const amountText = (amount: string, currency: string) =>
  `${money(amount, currency)} ${currency}`.trim()
