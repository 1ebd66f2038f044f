/** What a table shows of its rows: one description for the cells, the order and the CSV. */
import type { Definition } from './definitions.ts'

export interface Column<Row> {
  /** Name in the URL and in the CSV's first line. */
  readonly key: string
  readonly label: string
  /** The label where there is little room. */
  readonly short?: string
  /** What the CSV holds and the order goes by; nothing where there is none. */
  readonly value: (row: Row) => string | number | null | undefined
  /** What the CSV holds where the value is not exact enough for it. */
  readonly file?: (row: Row) => string | number | null | undefined
  /** What the cell shows; the value as text without. */
  readonly text?: (row: Row) => string
  /** The full value on hover, where the cell shows less. */
  readonly hint?: (row: Row) => string
  /** Where a click on the cell leads; an `href` of ours, never text from data. */
  readonly href?: (row: Row) => string | undefined
  /** A column of names, left and A to Z first. */
  readonly isText?: boolean
  /** Explains the heading. */
  readonly about?: Definition
  /** Names that give way to the numbers beside them. */
  readonly narrow?: boolean
  /** Not worth its room on a phone. */
  readonly wide?: boolean
}

/** What a cell says. */
export function cellText<Row>(column: Column<Row>, row: Row): string {
  if (column.text) return column.text(row)
  const value = column.value(row)
  return value === null || value === undefined ? '–' : String(value)
}

/** The rows of a CSV file: the columns' keys, then each row's values. */
export const csvRows = <Row>(columns: readonly Column<Row>[], rows: readonly Row[]) => [
  columns.map(({ key }) => key),
  ...rows.map((row) => columns.map((column) => (column.file ?? column.value)(row) ?? '')),
]
