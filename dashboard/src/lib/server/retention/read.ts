/** Puts a table of cohorts together: for the page, and the same for the API. */
import { type CohortTable, cohortTable } from '@rtpx/clickhouse/queries/cohort-table'
import {
  type CohortCount,
  type CohortQuestion,
  cohortCounts,
  cohortStatement,
  depositCurrencies,
} from '@rtpx/clickhouse/queries/cohorts'
import { addDays, type DayRange, startOfWeek } from '#lib/day.ts'
import type { ChosenRange } from '#lib/range.ts'
import type { RetentionAnswer } from '#lib/retention/report.ts'
import { DEFAULT_RETENTION, type RetentionSpec, retentionOf, wholePeriods } from '#lib/retention/spec.ts'
import { withLiterals } from '#lib/statement.ts'
import type { Opened } from '../page.ts'

type Asked = Pick<Opened, 'services' | 'caller' | 'site' | 'today'>

/** How old a shared answer may be, ms. */
const SHARED_MS = 5_000

/** The range of the page. Without a choice: the last twelve weeks, since fewer tell little of who comes back. */
export function retentionRange({ ask, range, today }: Opened): ChosenRange {
  if (['range', 'from', 'to'].some((name) => ask(name) !== null)) return range
  return { preset: 'custom', from: addDays(startOfWeek(today), -77), to: today }
}

/** The cohorts of a page's URL, as the page shows them. @throws what the ClickHouse client throws */
export function watchRetention(opened: Opened): Promise<RetentionAnswer> {
  const asked = retentionOf(opened.params)
  return readRetention(opened, retentionRange(opened), 'detail' in asked ? DEFAULT_RETENTION : asked)
}

/** The cohorts of a range, within what the caller may see. @throws what the ClickHouse client throws */
export async function readRetention(
  asked: Asked,
  range: DayRange,
  spec: RetentionSpec,
): Promise<RetentionAnswer> {
  const { services, caller, site, today } = asked
  const periods = wholePeriods(range, spec.period, today)
  const of = { site_id: site.site_id, from: periods.from, to: periods.to }
  const currencies =
    spec.back === 'amount'
      ? await depositCurrencies(services.clickhouse, {
          ...of,
          to: today,
          banner_prefixes: caller.banner_prefixes,
        })
      : []
  const currency = spec.back === 'amount' ? (spec.currency ?? currencies[0] ?? null) : null
  const question: CohortQuestion = {
    ...of,
    period: spec.period,
    start: spec.start,
    measure: spec.back === 'amount' ? { currency: currency ?? '' } : { returns: spec.back },
    banner_tag: spec.banner,
    with_bots: spec.with_bots,
    banner_prefixes: caller.banner_prefixes,
    today,
  }
  return services.share(`retention ${JSON.stringify(question)}`, SHARED_MS, async () => {
    const [all, byBanner] = await Promise.all([
      cohortCounts(services.clickhouse, question, false),
      cohortCounts(services.clickhouse, question, true),
    ])
    const tableOf = (counts: readonly CohortCount[]) =>
      cohortTable(counts, { ...periods, period: spec.period, today })
    const banners = [...Map.groupBy(byBanner, ({ banner_tag }) => banner_tag)]
      .map(([banner_tag, counts]) => ({ banner_tag, ...sumUp(tableOf(counts)) }))
      .sort((a, b) => b.size - a.size)
    const { sql, params } = cohortStatement(question, false)
    return { ...tableOf(all), ...periods, currency, currencies, banners, sql: withLiterals(sql, params) }
  })
}

const sumUp = ({ cohorts, average }: CohortTable) => ({
  size: cohorts.reduce((sum, { size }) => sum + size, 0),
  average,
})
