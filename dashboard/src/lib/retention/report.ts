/** A table of cohorts, as the page and the API give it, and its cells as people read them. */
import type { CohortAverage, CohortCell, CohortTable } from '@rtpx/clickhouse/queries/cohort-table'
import { addDecimals } from '@rtpx/clickhouse/queries/cohort-table'
import type { DayRange } from '#lib/day.ts'
import type { RetentionSpec } from './spec.ts'

export interface RetentionAnswer extends CohortTable, DayRange {
  /** Earlier periods of the range were left out. */
  readonly cut: boolean
  /** Of the amounts; null when players are counted, or nothing was deposited. */
  readonly currency: string | null
  /** Those deposits were in, the most frequent first. */
  readonly currencies: readonly string[]
  /** By acquiring banner, the most players first. */
  readonly banners: readonly {
    readonly banner_tag: string
    readonly size: number
    readonly average: readonly CohortAverage[]
  }[]
  readonly sql: string
}

/** A cell's number: the share who came back, or the amount for each player of the cohort; nothing where nobody is. */
export function ratioOf(
  cell: Pick<CohortAverage, 'players' | 'amount'>,
  size: number,
  spec: RetentionSpec,
): number | undefined {
  if (size === 0) return undefined
  return (spec.back === 'amount' ? Number(cell.amount) : cell.players) / size
}

/** Cells with each amount added to those before it. Averages of finished periods stay what they are: see runningAverage. */
export function runningCells(cells: readonly CohortCell[]): CohortCell[] {
  let amount = '0'
  return cells.map((cell) => {
    amount = addDecimals([amount, cell.amount])
    return { ...cell, amount }
  })
}

/** Averages added up: what a player brought up to each age, though fewer cohorts have come that far. */
export function ratiosOf(average: readonly CohortAverage[], spec: RetentionSpec): (number | undefined)[] {
  let sum = 0
  return average.map((cell) => {
    const ratio = ratioOf(cell, cell.size, spec)
    if (!spec.running || spec.back !== 'amount' || ratio === undefined) return ratio
    sum += ratio
    return sum
  })
}
