/** Values of a result as the page shows them. */
import type { Cell, SqlColumn } from './answer.ts'

const NUMERIC = /^(Nullable\(|LowCardinality\()*(U?Int\d+|Float\d+|BFloat16|Decimal)/
const TIME = /^(Nullable\(|LowCardinality\()*(Date|DateTime)/
const MOST_SHOWN = 1_000
const LEAST_CH = 8
const MOST_CH = 44

/** Whether values of a type are numbers, and whether they are moments. */
export const isNumeric = (type: string) => NUMERIC.test(type)
const isTime = (type: string) => TIME.test(type)

/** A value in words; long ones are cut, as no cell shows them whole. */
export function cellOf(value: Cell): string {
  if (value === null) return 'NULL'
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text
}

/** Widths of columns in characters, by their names and some of their rows. */
export const widthsOf = (columns: readonly SqlColumn[], sample: readonly (readonly Cell[])[]) =>
  columns.map(({ name }, index) => {
    const longest = Math.max(name.length, ...sample.map((row) => cellOf(row[index] ?? null).length))
    return Math.min(MOST_CH, Math.max(LEAST_CH, longest + 3))
  })

export interface Drawn {
  readonly labels: readonly string[]
  readonly isTime: boolean
  readonly series: readonly { readonly name: string; readonly values: readonly (number | null)[] }[]
}

const MOST_SERIES = 6
const MOST_POINTS = 2_000

/**
 * A result as a chart: the first column that is no number names the points, up to six numeric columns are drawn.
 * @returns undefined for a result without numbers, or with more points than can be told apart
 */
export function drawnOf(
  columns: readonly SqlColumn[],
  rows: readonly (readonly Cell[])[],
): Drawn | undefined {
  const numbers = columns.flatMap(({ type }, index) => (isNumeric(type) ? [index] : []))
  const named = columns.findIndex(({ type }) => !isNumeric(type))
  const label = named >= 0 ? named : (numbers.shift() ?? -1)
  const drawn = numbers.filter((index) => index !== label).slice(0, MOST_SERIES)
  if (label < 0 || drawn.length === 0 || rows.length === 0 || rows.length > MOST_POINTS) return undefined
  return {
    labels: rows.map((row) => cellOf(row[label] ?? null)),
    isTime: isTime(columns[label]?.type ?? ''),
    series: drawn.map((index) => ({
      name: columns[index]?.name ?? '',
      values: rows.map((row) => {
        const value = row[index]
        return value === null || value === undefined ? null : Number(value)
      }),
    })),
  }
}
