/**
 * Costs from a CSV file: comma, semicolon or tab between the cells, the first line names the columns, in any order. Either every line is a
 * cost, or every line that is not says what is wrong with it. An apostrophe that rtpx put before a formula is taken away again.
 */
import type { CostEntry } from '@rtpx/clickhouse/queries/costs'
import Papa from 'papaparse'
import {
  type CostField,
  type CostFields,
  costKey,
  type FieldError,
  NO_COST,
  readCost,
} from '#lib/campaigns/cost-entry.ts'

interface LineError {
  /** As an editor counts lines. */
  readonly line: number
  readonly field: CostField | null
  readonly message: string
}

export interface CostFile {
  readonly costs: readonly CostEntry[]
  readonly errors: readonly LineError[]
}

export const MAX_LINES = 5_000

const COLUMNS: Readonly<Record<string, CostField>> = {
  banner_tag: 'banner_tag',
  banner: 'banner_tag',
  applies_to: 'applies_to',
  from_day: 'from_day',
  from: 'from_day',
  to_day: 'to_day',
  to: 'to_day',
  amount: 'amount',
  currency: 'currency',
  note: 'note',
}
const NEEDED: readonly CostField[] = ['banner_tag', 'from_day', 'to_day', 'amount', 'currency']

interface Line {
  readonly line: number
  readonly cells: readonly string[]
}

/** The file's costs. @param known keys of the costs there are: none is entered twice */
export function readCostFile(text: string, known: ReadonlySet<string>): CostFile {
  const [head, ...lines] = linesOf(text.replace(/^\ufeff/, ''))
  if (!head) return failed(1, 'The file is empty.')
  const columns = head.cells.map((cell) => COLUMNS[cell.trim().toLowerCase()] ?? null)
  const unknown = head.cells.find((cell, index) => columns[index] === null && cell.trim() !== '')
  if (unknown !== undefined)
    return failed(head.line, `“${unknown.slice(0, 40)}” is no column of costs: ${HEADER}.`)
  const missing = NEEDED.filter((column) => !columns.includes(column))
  if (missing.length > 0)
    return failed(head.line, `The first line names the columns; ${missing.join(', ')} is not among them.`)
  if (lines.length === 0) return failed(head.line, 'There is no cost below the first line.')
  if (lines.length > MAX_LINES)
    return failed(head.line, `A file may have ${MAX_LINES} costs; this one has ${lines.length}.`)
  const seen = new Map<string, number>()
  const read = lines.map((line) => readLine(line, columns, known, seen))
  return { costs: read.flatMap(({ cost }) => cost), errors: read.flatMap(({ errors }) => errors) }
}

/** What the first line may say. */
const HEADER = 'banner_tag, applies_to, from_day, to_day, amount, currency, note'

const failed = (line: number, message: string): CostFile => ({
  costs: [],
  errors: [{ line, field: null, message }],
})

function linesOf(text: string): Line[] {
  const lines: Line[] = []
  let line = 1
  let at = 0
  Papa.parse<string[]>(text, {
    delimitersToGuess: [',', ';', '\t'],
    step: ({ data, meta }) => {
      if (data.some((cell) => cell.trim() !== '')) lines.push({ line, cells: data })
      // Cells may hold line breaks: a row is not a line.
      line += text.slice(at, meta.cursor).split('\n').length - 1
      at = meta.cursor
    },
  })
  return lines
}

const OURS = /^'(?=[\s\p{Cc}\p{Cf}]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n])/u

function readLine(
  { line, cells }: Line,
  columns: readonly (CostField | null)[],
  known: ReadonlySet<string>,
  seen: Map<string, number>,
): { cost: CostEntry[]; errors: LineError[] } {
  const wrong = (errors: readonly (Omit<FieldError, 'field'> & { field: CostField | null })[]) => ({
    cost: [],
    errors: errors.map((error) => ({ line, ...error })),
  })
  if (cells.slice(columns.length).some((cell) => cell.trim() !== ''))
    return wrong([
      { field: null, message: `There are more cells than columns: quote a cell that holds a comma.` },
    ])
  const fields: Record<CostField, string> = { ...NO_COST }
  columns.forEach((column, index) => {
    if (column) fields[column] = (cells[index] ?? '').replace(OURS, '')
  })
  const { cost, errors } = readCost(fields satisfies CostFields)
  if (errors.length > 0) return wrong(errors)
  const key = costKey(cost)
  const before = seen.get(key)
  if (before !== undefined) return wrong([{ field: null, message: `The same cost is in line ${before}.` }])
  if (known.has(key)) return wrong([{ field: null, message: 'The same cost is entered already.' }])
  seen.set(key, line)
  return { cost: [cost], errors: [] }
}
