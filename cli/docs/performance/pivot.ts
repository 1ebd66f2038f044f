/**
 * Rows of a bench as a table that fits a page: a line for each subject, a column for each measure.
 *
 * A case is `SUBJECT, MEASURE` or `SIZE: SUBJECT, MEASURE`; a measure is what several subjects have. A value without one stands in a column named
 * by its unit when its subject has measures too, else in a column of values.
 */
import type { ResultRow } from './results.ts'

export interface Pivot {
  readonly head: readonly string[]
  readonly lines: readonly (readonly string[])[]
}

interface Cell {
  readonly subject: string
  readonly measure: string
  readonly row: ResultRow
}

/** @param most columns of one table; what is more goes into tables of its own */
export function pivot(rows: readonly ResultRow[], most = 8): Pivot[] {
  const cells = cellsOf(rows)
  const tables: { kind: string; measures: string[]; cells: Cell[] }[] = []
  // Subjects of a kind that share a measure share a table.
  for (const [subject, own] of Map.groupBy(cells, (cell) => cell.subject)) {
    const kind = kindOf(subject)
    const measures = own.map(({ measure }) => measure)
    const found = tables.find(
      (table) => table.kind === kind && measures.some((measure) => table.measures.includes(measure)),
    )
    if (found) {
      found.measures.push(...measures.filter((measure) => !found.measures.includes(measure)))
      found.cells.push(...own)
    } else tables.push({ kind, measures, cells: own })
  }
  return tables.flatMap((table) =>
    chunks(table.measures, most).map((measures) => tableOf(measures, table.cells)),
  )
}

/** What a subject varies, such as `connection` of `nginx, 16 connections`; empty when it has no number of anything. */
function kindOf(subject: string): string {
  return /^(?!\d).*, [\d,]+ (\D+)$/.exec(subject)?.[1]?.replace(/^(\w+?)s\b/, '$1') ?? ''
}

function tableOf(measures: readonly string[], cells: readonly Cell[]): Pivot {
  const units = measures.map((measure) => {
    const all = new Set(cells.filter((cell) => cell.measure === measure).map(({ row }) => row.unit))
    return all.size === 1 ? ([...all][0] ?? '') : ''
  })
  const head = measures.map((measure, at) => {
    const unit = units[at] ?? ''
    return unit === '' || measure === unit ? measure : `${measure}, ${unit}`
  })
  const lines = [...Map.groupBy(cells, (cell) => cell.subject)].map(([subject, own]) => [
    subject,
    ...measures.map((measure, at) => {
      const cell = own.find((one) => one.measure === measure)
      return cell ? shownCell(cell.row, units[at] === '') : ''
    }),
  ])
  return { head: ['', ...head], lines: lines.filter((line) => line.slice(1).some(Boolean)) }
}

function cellsOf(rows: readonly ResultRow[]): Cell[] {
  const subjects = new Map<string, Set<string>>()
  for (const { case: name } of rows) {
    const { subject, measure } = split(name)
    if (measure) subjects.set(measure, (subjects.get(measure) ?? new Set()).add(subject))
  }
  const isMeasure = (name: string) => !/^\d/.test(name) && (subjects.get(name)?.size ?? 0) > 1
  const cells = rows.map((row) => {
    const { size, subject, measure } = split(row.case)
    const named = isMeasure(measure)
    return {
      row,
      size,
      subject: named ? subject : [subject, measure].filter(Boolean).join(', '),
      measure: named ? measure : undefined,
    }
  })
  const withMeasures = new Set(cells.filter(({ measure }) => measure).map(({ subject }) => subject))
  return cells.map(({ row, size, subject, measure }) => {
    const name = measure ?? (withMeasures.has(subject) ? row.unit : 'value')
    return { row, subject, measure: size === '' ? name : `${size}: ${name}` }
  })
}

/** `SIZE: SUBJECT, MEASURE`. */
function split(name: string): { size: string; subject: string; measure: string } {
  const [, size = '', rest = ''] = /^(?:(\d[\d.,]*(?: million)?): )?(.*)$/.exec(name) ?? []
  const at = rest.lastIndexOf(', ')
  return at < 0
    ? { size, subject: rest, measure: '' }
    : { size, subject: rest.slice(0, at), measure: rest.slice(at + 2) }
}

function shownCell({ value, unit, ratio }: ResultRow, withUnit: boolean): string {
  const text = value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 2 : value < 100 ? 1 : 0 })
  return `${text}${withUnit ? ` ${unit}` : ''}${ratio === null ? '' : ` (${shownRatio(ratio)} ×)`}`
}

const shownRatio = (ratio: number) =>
  ratio.toLocaleString('en', { maximumSignificantDigits: ratio < 1 ? 2 : 3 })

function chunks<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, at) =>
    list.slice(at * size, (at + 1) * size),
  )
}
