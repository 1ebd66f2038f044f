/** The table of cohorts as it stands on screen and in its CSV. */
import type { Cohort } from '@rtpx/clickhouse/queries/cohort-table'
import { wholeNumber } from '#lib/format.ts'
import { heatOf } from './heat.ts'
import { type RetentionAnswer, ratioOf, ratiosOf, runningCells } from './report.ts'
import type { RetentionSpec } from './spec.ts'
import { ageName, amountText, cohortName, ratioText } from './words.ts'

interface GridCell {
  readonly text: string
  /** Everything the cell stands for, in words. */
  readonly title: string
  readonly heat: number
  readonly unfinished: boolean
  /** What the CSV holds. */
  readonly value: number | string
}

interface GridRow {
  readonly key: string
  readonly name: string
  readonly size: number
  readonly cells: readonly GridCell[]
}

export interface Grid {
  readonly ages: readonly string[]
  readonly rows: readonly GridRow[]
  /** Weighted by size, over finished periods. */
  readonly average: readonly {
    readonly text: string
    readonly title: string
    readonly value: number | string
  }[]
  readonly ratios: readonly (number | undefined)[]
}

/** @param absolute whether cells show numbers instead of shares */
export function gridOf(answer: RetentionAnswer, spec: RetentionSpec, absolute: boolean, today: string): Grid {
  const { period, back } = spec
  const currency = answer.currency ?? ''
  const cohorts =
    spec.running && back === 'amount'
      ? answer.cohorts.map((cohort) => ({ ...cohort, cells: runningCells(cohort.cells) }))
      : answer.cohorts
  const largest = Math.max(
    ...cohorts.flatMap(({ size, cells }) => cells.map((cell) => ratioOf(cell, size, spec) ?? 0)),
    0,
  )
  const wholeOf = (cell: Cohort['cells'][number]) =>
    back === 'amount' ? amountText(cell.amount, currency) : wholeNumber(cell.players)

  const cellOf = ({ size, ...cohort }: Cohort, cell: Cohort['cells'][number], age: number): GridCell => {
    const ratio = ratioOf(cell, size, spec)
    const share = ratioText(ratio, spec, currency)
    const words =
      back === 'amount'
        ? `${wholeOf(cell)} of ${wholeNumber(size)} players, ${share} ${currency} each`
        : `${wholeOf(cell)} of ${wholeNumber(size)} players, ${share}`
    return {
      text:
        size === 0
          ? '–'
          : absolute
            ? back === 'amount'
              ? wholeOf(cell).replace(` ${currency}`, '')
              : wholeOf(cell)
            : share,
      title: `${cohortName(cohort, today)}, ${ageName(period, age).toLowerCase()}: ${words}${cell.unfinished ? '; not over yet' : ''}`,
      heat: heatOf(back === 'amount' && largest > 0 ? (ratio ?? 0) / largest : ratio),
      unfinished: cell.unfinished,
      value: absolute ? (back === 'amount' ? cell.amount : cell.players) : (ratio ?? ''),
    }
  }
  const ratios = ratiosOf(answer.average, spec)
  return {
    ages: answer.average.map((_, age) => ageName(period, age)),
    rows: cohorts.toReversed().map((cohort) => ({
      key: cohort.from,
      name: cohortName(cohort, today),
      size: cohort.size,
      cells: cohort.cells.map((cell, age) => cellOf(cohort, cell, age)),
    })),
    average: ratios.map((ratio, age) => ({
      text: ratioText(ratio, spec, currency),
      title: `Of ${wholeNumber(answer.average[age]?.size ?? 0)} players whose ${ageName(period, age).toLowerCase()} is over`,
      value: ratio ?? '',
    })),
    ratios,
  }
}

/** Rows of the CSV: what is on screen, and from which age on a row is not over. */
export const gridCsv = (grid: Grid, averageSize: number) => [
  ['cohort', 'players', ...grid.ages.map((age) => age.toLowerCase().replace(' ', '_')), 'not_over'],
  ...grid.rows.map(({ key, size, cells }) => [
    key,
    size,
    ...grid.ages.map((_, age) => cells[age]?.value ?? ''),
    grid.ages[cells.findIndex(({ unfinished }) => unfinished)]?.toLowerCase().replace(' ', '_') ?? '',
  ]),
  ['average', averageSize, ...grid.average.map(({ value }) => value), ''],
]
