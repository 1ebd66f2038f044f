/** The cohorts of a range and when each was paid back. Cohorts are whole weeks or months; what is not over yet is told up to today. */
import { cohortDeposits } from '@rtpx/clickhouse/queries/payback'
import { cohortOf, type Payback } from '#lib/campaigns/payback.ts'
import { addDays, type DayRange, endOfMonth, lengthOf, min, startOfMonth, startOfWeek } from '#lib/day.ts'
import { type CampaignContext, readCosts, sharedCosts, spanOf } from './periods.ts'
import type { CampaignQuestion } from './question.ts'

const PERIODS = {
  week: { start: startOfWeek, end: (day: string) => addDays(startOfWeek(day), 6) },
  month: { start: startOfMonth, end: endOfMonth },
} as const

/**
 * @param currency of the costs and of the deposits; others are not counted
 * @throws what the ClickHouse client throws
 */
export async function readPayback(
  context: CampaignContext,
  range: DayRange,
  currency: string,
  { period, name }: NonNullable<CampaignQuestion['payback']>,
): Promise<Payback> {
  const { site, today, clickhouse, view } = context
  const { start, end } = PERIODS[period]
  const days = { from: start(range.from), to: min(end(range.to), today) }
  const question = {
    ...spanOf(context, days),
    time_zone: site.time_zone,
    period,
    currency,
    with_bots: view.with_bots ?? true,
    acquirers: name === null ? ('with_costs' as const) : { name, grouping: view.grouping },
  }
  const [costs, cohorts] = await Promise.all([
    readCosts(context, days, period),
    sharedCosts(context, 'cohorts', question, () => cohortDeposits(clickhouse, question)),
  ])
  const inCurrency = costs.filter((cost) => cost.currency === currency)
  const cost = new Map(inCurrency.filter((row) => row.name === name).map((row) => [row.period, row.amount]))
  const found = new Map(cohorts.map((cohort) => [cohort.cohort, cohort]))
  const starts = [...new Set([...cost.keys(), ...found.keys()])].sort().reverse()
  return {
    period,
    name,
    names: [...new Set(inCurrency.map((row) => row.name))].filter((name) => name !== null).sort(),
    cohorts: starts.map((cohort) =>
      cohortOf(found.get(cohort) ?? { cohort, players: 0, by_age: [], by_day: [] }, cost.get(cohort) ?? '0', {
        oldest: lengthOf({ from: cohort, to: today }) - 1,
        is_running: end(cohort) >= today,
      }),
    ),
  }
}
