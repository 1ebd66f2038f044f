/** Deposited amounts of the overview: exact sums by currency, and a series of each for the chart. */
import { amountsByHour, amountsUntil, type BucketAmount } from '@rtpx/clickhouse/queries/amounts'
import { type DayRange, eachDay } from '#lib/day.ts'
import { decimalOf, numberOf, unitsOf } from '#lib/decimal.ts'
import type { Amount } from '#lib/overview.ts'
import { hourStarts } from '#lib/time-zone.ts'
import { readDailyAmounts } from './day-windows.ts'
import { cutAt, type PeriodContext } from './periods.ts'

/** How old a shared answer may be, ms: payments are taken up every other second. */
const SHARED_MS = 2_000
/** Currencies that travel to the page. */
const MAX_CURRENCIES = 8

interface Period {
  readonly buckets: number
  readonly rows: readonly {
    readonly index: number
    readonly currency: string
    readonly units: bigint
    readonly count: number
  }[]
}

/**
 * @param range over which the amounts are, and `previous` with which they are compared
 * @param until whether the last day of the previous range counts only up to the present time of day
 */
export async function readAmounts(
  context: PeriodContext,
  {
    range,
    previous,
    today,
    now,
    until,
  }: { range: DayRange; previous: DayRange; today: string; now: number; until: boolean },
): Promise<Amount[]> {
  const [[present, before], cut] = await Promise.all([
    Promise.all([readPeriod(context, range, today), readPeriod(context, previous, today)]),
    until ? readCut(context, previous.to, today, now) : undefined,
  ])
  const deposits = new Map<string, number>()
  for (const { currency, count } of present.rows)
    deposits.set(currency, (deposits.get(currency) ?? 0) + count)
  for (const { currency } of before.rows) if (!deposits.has(currency)) deposits.set(currency, 0)
  return [...deposits]
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .slice(0, MAX_CURRENCIES)
    .map(([currency]) => ({
      currency,
      now: decimalOf(sumOf(present, currency)),
      before: decimalOf(
        cut ? sumUpTo(before, currency) + (cut.get(currency) ?? 0n) : sumOf(before, currency),
      ),
      series: seriesOf(present, currency),
      series_before: seriesOf(before, currency),
    }))

  /** Whole days before the last, which is cut; of a single day nothing. */
  function sumUpTo(period: Period, currency: string): bigint {
    if (range.from === range.to) return 0n
    return sumOf({ ...period, rows: period.rows.filter(({ index }) => index < period.buckets - 1) }, currency)
  }
}

async function readPeriod(context: PeriodContext, range: DayRange, today: string): Promise<Period> {
  const { clickhouse, share, site, filters } = context
  const { site_id } = site
  if (range.from === range.to) {
    const starts = hourStarts(range.from, site.time_zone)
    const day = { site_id, day: range.from, starts_at: starts[0] ?? 0, hours: starts.length }
    const key = JSON.stringify(['amounts by hour', day, filters])
    const rows = await share(key, SHARED_MS, () => amountsByHour(clickhouse, day, filters))
    return { buckets: starts.length, rows: rows.map((row) => indexed(row, row.bucket)) }
  }
  const days = new Map(eachDay(range).map((day, index) => [day, index]))
  const rows = await readDailyAmounts(context, range, today, SHARED_MS)
  return { buckets: days.size, rows: rows.map((row) => indexed(row, days.get(row.bucket) ?? 0)) }
}

async function readCut(context: PeriodContext, day: string, today: string, now: number) {
  const { clickhouse, share, site, filters } = context
  const question = { site_id: site.site_id, day, until: cutAt(site, day, today, now) }
  const rows = await share(JSON.stringify(['amounts until', question, filters]), SHARED_MS, () =>
    amountsUntil(clickhouse, question, filters),
  )
  return new Map(rows.map(({ currency, amount }) => [currency, unitsOf(amount)]))
}

const indexed = ({ currency, amount, count }: BucketAmount<unknown>, index: number) => ({
  index,
  currency,
  units: unitsOf(amount),
  count,
})

const sumOf = ({ rows }: Period, currency: string) =>
  rows.reduce((sum, row) => (row.currency === currency ? sum + row.units : sum), 0n)

function seriesOf({ rows, buckets }: Period, currency: string): number[] {
  const series = Array.from({ length: buckets }, () => 0n)
  for (const { index, currency: of, units } of rows)
    if (of === currency) series[index] = (series[index] ?? 0n) + units
  return series.map(numberOf)
}
