/**
 * What two revisions' runs, taken in turn, say: each pair gives a ratio, the middle one is the answer.
 *
 * A case has changed when every pair agrees on the direction and the middle is beyond the noise: the distance between the largest and the
 * smallest ratio, and 5 % at least. Simulated with runs that scatter by 5 to 10 %: chance alone changes 1 in 170 cases of five pairs, 1 in 15
 * of three; half as slow again is found in 98 to 54 of 100, twice as slow in 100 to 87.
 */
import type { Row } from '../measure/row.ts'
import { median } from '../measure/stats.ts'

export interface Verdict {
  readonly bench: string
  readonly case: string
  readonly unit: string
  /** Middles of the two sides. */
  readonly before: number
  readonly after: number
  /** After as a multiple of before: the middle of the pairs. */
  readonly ratio: number
  /** The change, as a share, that would still be noise. */
  readonly noise: number
  readonly change: 'slower' | 'faster' | 'none'
}

const LEAST_NOISE = 0.05

/** Whether more of the unit is better; undefined where neither is. */
export function moreIsBetter(unit: string): boolean | undefined {
  if (unit.endsWith('/s')) return true
  return ['ms', 's', 'MiB', 'KB', 'bytes/event', 'score'].includes(unit) ? false : undefined
}

/** @param pairs of each pair the rows before and after. Cases that not all have, or that are neither better nor worse, are left out. */
export function verdicts(pairs: readonly { before: readonly Row[]; after: readonly Row[] }[]): Verdict[] {
  const find = (rows: readonly Row[], like: Row) =>
    rows.find((row) => row.bench === like.bench && row.case === like.case && row.unit === like.unit)?.value
  return (pairs[0]?.after ?? []).flatMap((row) => {
    const better = moreIsBetter(row.unit)
    const before = pairs.map((pair) => find(pair.before, row))
    const after = pairs.map((pair) => find(pair.after, row))
    if (better === undefined || !allPositive(before) || !allPositive(after)) return []
    const ratios = after.map((value, index) => value / (before[index] ?? Number.NaN))
    const ratio = median(ratios)
    const noise = Math.max(LEAST_NOISE, Math.max(...ratios) - Math.min(...ratios))
    const agree = ratios.every((one) => one > 1) || ratios.every((one) => one < 1)
    const isChange = agree && Math.abs(ratio - 1) > noise
    return {
      bench: row.bench,
      case: row.case,
      unit: row.unit,
      before: median(before),
      after: median(after),
      ratio,
      noise,
      change: isChange ? (ratio > 1 === better ? 'faster' : 'slower') : 'none',
    }
  })
}

const allPositive = (values: readonly (number | undefined)[]): values is number[] =>
  values.length > 0 && values.every((value) => value !== undefined && value > 0)

/** A line for each case that changed, what got slower first, and how many did not. */
export function report(all: readonly Verdict[]): string {
  const lines = (['slower', 'faster'] as const).flatMap((change) =>
    all
      .filter((one) => one.change === change)
      .map(
        ({ bench, case: name, unit, before, after, ratio, noise }) =>
          `${change}: ${bench}, ${name}: ${shown(before)} → ${shown(after)} ${unit}, ${ratio.toFixed(2)} × (noise ± ${Math.round(noise * 100)} %)`,
      ),
  )
  const same = all.filter(({ change }) => change === 'none').length
  return [...lines, `${same} of ${all.length} cases are as they were, within their noise`].join('\n')
}

const shown = (value: number) => value.toLocaleString('en', { maximumSignificantDigits: 4 })
