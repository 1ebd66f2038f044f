/**
 * Long windows of plain days, read once for all the ranges that lie within them: whoever steps from range to range, or watches one,
 * asks nothing new for what the range is compared with, nor for its amounts. A day in them is what a question for that day alone answers.
 */
import { amountsByDay, type BucketAmount } from '@rtpx/clickhouse/queries/amounts'
import { isNarrowed } from '@rtpx/clickhouse/queries/breakdowns'
import { dailyCounts } from '@rtpx/clickhouse/queries/metrics'
import { addDays, type DayRange, lengthOf } from '#lib/day.ts'
import { readUncounted } from './counted.ts'
import { type PeriodContext, readPeriod, SETTLED_MS } from './periods.ts'
import { type Tally, tally } from './tally.ts'

/** How far the windows reach back from today, in days: the usual ranges and what they are compared with; two years. */
const REACHES = [100, 800]

/** The smallest window that ends on a day and holds a range; the range itself where none does, or the counts are not the site's. */
function windowOf({ filters }: PeriodContext, range: DayRange, today: string, to: string): DayRange {
  if (isNarrowed(filters) || filters.banners !== null || range.to > to) return range
  const from = REACHES.map((days) => addDays(today, -days)).find((start) => start <= range.from)
  return from === undefined ? range : { from, to }
}

/** The counts of a period that another is compared with: by bucket and in total, its banners only where they were read anyway. */
export async function readBefore(context: PeriodContext, range: DayRange, today: string): Promise<Tally> {
  const days = windowOf(context, range, today, addDays(today, -2))
  if (days === range || range.from === range.to) return readPeriod(context, range, today, false)
  const { clickhouse, share, site } = context
  const question = { site_id: site.site_id, ...days }
  const rows = await share(JSON.stringify(['plain days', question]), SETTLED_MS, async () =>
    dailyCounts(clickhouse, question, await readUncounted(context, false)),
  )
  const changes = rows.map(({ event_date, event_type, count }) => ({
    event_type,
    bucket: event_date,
    banner_tag: null,
    count,
  }))
  const length = lengthOf(range)
  return tally(changes, length, (day) =>
    day < range.from ? -1 : lengthOf({ from: range.from, to: day }) - 1,
  )
}

/** The amounts by day of a range. @param maxAge how old a shared answer may be, ms */
export async function readDailyAmounts(
  context: PeriodContext,
  range: DayRange,
  today: string,
  maxAge: number,
): Promise<BucketAmount<string>[]> {
  const { clickhouse, share, site, filters } = context
  const days = windowOf(context, range, today, today)
  const question = { site_id: site.site_id, ...days }
  const rows = await share(JSON.stringify(['amounts', question, filters]), maxAge, () =>
    amountsByDay(clickhouse, question, filters),
  )
  return rows.filter(({ bucket }) => bucket >= range.from && bucket <= range.to)
}
