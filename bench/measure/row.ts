/** What a bench finds: rows, in a table for people and in JSON for the next comparison. */
import { median } from './stats.ts'

export interface Row {
  readonly bench: string
  readonly case: string
  readonly value: number
  readonly unit: string
  /** The case of the same bench and unit that it is compared with, and the value as a multiple of that one's. */
  readonly ratio_to: string | null
  readonly ratio: number | null
}

/** What a value must hold to. */
export interface Bar {
  readonly bench: string
  readonly case: string
  readonly unit: string
  readonly atLeast?: number
  readonly atMost?: number
  /** Whether the value is held to it, or the value as a multiple of its base's. Absent: the value. */
  readonly of?: 'value' | 'ratio'
}

/** The values of one case in several rounds, and those of its base in the same rounds. */
export interface Rounds {
  readonly values: readonly number[]
  readonly base?: { readonly name: string; readonly values: readonly number[] }
}

/**
 * The middle of several rounds. Its ratio is the middle of the rounds' ratios: what disturbs the machine for a while
 * disturbs both sides of a round.
 */
export function rowOfRounds(bench: string, name: string, { values, base }: Rounds, unit: string): Row {
  const plain = row(bench, name, median(values), unit)
  if (!base) return plain
  const ratios = values.map((value, round) => value / (base.values[round] ?? Number.NaN))
  return { ...plain, ratio_to: base.name, ratio: significant(median(ratios)) }
}

/** A row, compared with an earlier one when that is among `others`. */
export function row(
  bench: string,
  name: string,
  value: number,
  unit: string,
  ratioTo?: string,
  others: readonly Row[] = [],
): Row {
  const base = others.find((other) => other.case === ratioTo && other.unit === unit)
  const ratio = base && base.value > 0 ? significant(value / base.value) : null
  return {
    bench,
    case: name,
    value: significant(value),
    unit,
    ratio_to: ratio === null ? null : (ratioTo ?? null),
    ratio,
  }
}

/** Rows as a table: cases left, numbers right. */
export function table(rows: readonly Row[]): string {
  const cells = rows.map(({ bench, case: name, value, unit, ratio_to, ratio }) => [
    bench,
    name,
    shown(value),
    unit,
    ratio === null ? '' : `${ratio.toFixed(2)} × ${ratio_to}`,
  ])
  const all = [['bench', 'case', 'value', 'unit', 'ratio'], ...cells]
  const widths = all[0]?.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0))) ?? []
  const text = (line: readonly string[]) =>
    line
      .map((cell, column) =>
        column === 2 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd()
  return all.map(text).join('\n')
}

/** The row that a bar is about; none when it was not measured. */
export const rowOf = (bar: Bar, rows: readonly Row[]): Row | undefined =>
  rows.find(({ bench, case: name, unit }) => bench === bar.bench && name === bar.case && unit === bar.unit)

/** A line for each bar, and whether all hold. A bar whose value is missing does not hold. */
export function checkBars(rows: readonly Row[], bars: readonly Bar[]): { lines: string[]; hold: boolean } {
  let hold = true
  const lines = bars.map((bar) => {
    const found = rowOf(bar, rows)
    const { atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY } = bar
    const value = bar.of === 'ratio' ? found?.ratio : found?.value
    const isMeasured = value !== undefined && value !== null
    const isHeld = isMeasured && value >= atLeast && value <= atMost
    hold &&= isHeld
    const limit = bar.atLeast === undefined ? `≤ ${shown(atMost)}` : `≥ ${shown(atLeast)}`
    const of = bar.of === 'ratio' ? `× ${found?.ratio_to ?? 'its base'}` : bar.unit
    return `${isHeld ? 'holds' : 'DOES NOT HOLD'}: ${bar.bench}, ${bar.case} ${limit} ${of}: ${isMeasured ? shown(value) : 'not measured'}`
  })
  return { lines, hold }
}

/** Four digits are more than any of these measurements is good for. */
function significant(value: number): number {
  return Number(value.toPrecision(4))
}

function shown(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 3 : value < 1_000 ? 1 : 0 })
}
