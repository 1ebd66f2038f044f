/** What the chart draws, worked out as plain rows: one per bucket, each plotted metric now and before. */
import { addDays } from './day.ts'
import { axisNumber, dayName, percent, rangeName, shortDay, wholeNumber } from './format.ts'
import { type Counts, type Metric, valueIn } from './metric.ts'
import { moneyRate } from './money.ts'
import type { Overview } from './overview.ts'

export interface ChartRow {
  readonly index: number
  /** What the bucket is called: `Sat 21 Nov 2026`, `14:00`. */
  readonly name: string
  /** What the bucket it is compared with is called: `22 Oct`. */
  readonly nameBefore: string
  /** Values by metric key; undefined is a gap: to come, or nothing to divide by. */
  readonly now: Readonly<Record<string, number | undefined>>
  readonly before: Readonly<Record<string, number | undefined>>
}

type Series = Readonly<Record<string, readonly number[]>>

const countsAt = (series: Series, index: number): Counts =>
  Object.fromEntries(Object.entries(series).map(([type, values]) => [type, values[index] ?? 0]))

/** One row per bucket of the range; a bucket still to come has no value, the period before has all of its own. */
export function chartRows(overview: Overview, metrics: readonly Metric[]): ChartRow[] {
  const { buckets, unfinished, now, before, today, unit, previous } = overview
  const lengthBefore = Math.max(0, ...Object.values(before).map((values) => values.length))
  const pick = (counts: Counts) =>
    Object.fromEntries(metrics.map((metric) => [metric.key, valueIn(metric, counts)]))
  return buckets.map((bucket, index) => ({
    index,
    name: unit === 'hour' ? hourName(bucket) : dayName(bucket, today),
    nameBefore: shortDay(unit === 'hour' ? previous.from : addDays(previous.from, index)),
    now: unfinished !== null && index > unfinished ? {} : pick(countsAt(now, index)),
    before: index < lengthBefore ? pick(countsAt(before, index)) : {},
  }))
}

/** `14:00 – 14:59`. */
const hourName = (bucket: string) => `${bucket} – ${bucket.slice(0, 3)}59`

/** The top of the axis: above every value, a round number of at least 4 so that counts get whole ticks. */
export function axisTop(rows: readonly ChartRow[], isRate: boolean): number {
  const values = rows.flatMap((row) => [...Object.values(row.now), ...Object.values(row.before)])
  const highest = Math.max(0, ...values.filter((value) => value !== undefined))
  if (isRate ? highest === 0 : highest <= 4) return isRate ? 1 : 4
  const step = niceStep(highest / 4, isRate)
  return Math.ceil(highest / step) * step
}

/** Steps of 1, 2, 2.5 or 5 times a power of ten; whole for counts. */
function niceStep(rough: number, isRate: boolean): number {
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power
  return isRate ? step : Math.max(1, Math.round(step))
}

/** An SVG path through the points that have a value; a gap ends a line and the next value begins another. */
export function linePath(
  points: readonly (readonly [x: number, value: number | undefined])[],
  y: (value: number) => number,
): string {
  let isOn = false
  return points
    .map(([x, value]) => {
      const command = isOn ? 'L' : 'M'
      isOn = value !== undefined
      return value === undefined ? '' : `${command}${round(x)},${round(y(value))}`
    })
    .join('')
}

/** A tenth of a pixel is more than one sees. */
const round = (pixels: number) => Math.round(pixels * 10) / 10

/** Where the axis of values has its lines. */
export function valueTicks(top: number, isRate: boolean): number[] {
  const step = niceStep(top / 4, isRate)
  return Array.from({ length: Math.round(top / step) + 1 }, (_, index) => index * step)
}

/**
 * Which buckets the time axis names: days spread evenly and always with the last one, hours as a clock has them.
 * @param room how many names fit
 */
export function timeTicks(count: number, room: number, unit: Overview['unit']): number[] {
  if (unit === 'hour') {
    const every = [1, 2, 3, 4, 6, 8, 12].find((hours) => count / hours <= room) ?? 12
    return Array.from({ length: Math.ceil(count / every) }, (_, index) => index * every)
  }
  const every = Math.max(1, Math.ceil((count - 1) / Math.max(1, room - 1)))
  const ticks: number[] = []
  for (let index = count - 1; index >= 0; index -= every) ticks.unshift(index)
  return ticks
}

/** A bucket's name on the axis. */
export const tickName = (overview: Overview, index: number) => {
  const bucket = overview.buckets[index] ?? ''
  return overview.unit === 'hour' ? bucket : shortDay(bucket)
}

export const valueText = (value: number | undefined, metric: Metric) =>
  value === undefined
    ? '–'
    : metric.currency !== undefined
      ? moneyRate(value, metric.currency)
      : metric.rate
        ? percent(value)
        : wholeNumber(value)

export const axisText = (value: number, isRate: boolean) =>
  isRate ? `${Number((value * 100).toFixed(1))}%` : axisNumber(value)

/** A point of the chart in one sentence, as it is read out. */
export function pointText(row: ChartRow, overview: Overview, metrics: readonly Metric[]): string {
  const said = (values: ChartRow['now']) =>
    metrics.map((metric) => `${metric.label} ${valueText(values[metric.key], metric)}`).join(', ')
  const soFar = row.index === overview.unfinished ? ', so far' : ''
  return `${row.name}${soFar}: ${said(row.now)}. ${row.nameBefore}: ${said(row.before)}.`
}

/** The chart in one sentence, for those who do not see it. */
export function chartSummary(overview: Overview, metrics: readonly Metric[]): string {
  const totals = metrics.map(
    (metric) => `${metric.label} ${valueText(valueIn(metric, overview.totals.now), metric)}`,
  )
  return `Line chart by ${overview.unit}, ${rangeName(overview.range, overview.today)}. ${totals.join(', ')}. The table view has every value.`
}
