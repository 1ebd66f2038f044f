/** What a table's rows of some days are, for a file. */
import { ANALYST_VIEWS } from '../analyst/views.ts'

export const EXPORT_TABLES: readonly string[] = ANALYST_VIEWS

/** Columns a row is dated by: of several the first that a table has. */
const DATED_BY = ['event_date', 'minute', 'rejected_at', 'since', 'from_day', 'first_seen', 'updated_at']

export interface ExportColumn {
  readonly name: string
  readonly type: string
}

/** Asks for the columns of `{table:String}`. */
export const EXPORT_COLUMNS = `SELECT name, type FROM system.columns
  WHERE database = currentDatabase() AND table = {table:String} ORDER BY position`

/** The column a table's rows are dated by. */
export const datedBy = (columns: readonly ExportColumn[]) =>
  DATED_BY.find((wanted) => columns.some(({ name }) => name === wanted))

const TEXT = /^(LowCardinality\()?(Nullable\()?(String|FixedString)/

/**
 * The rows of a table from `{from:String}` to `{to:String}`, both days included, each where it is given, and of one site.
 * @param neutral text that a spreadsheet would run gets a leading apostrophe
 * @throws Error for a table that is not exported, or that has no days
 */
export function exportStatement(
  table: string,
  columns: readonly ExportColumn[],
  asked: { readonly from: boolean; readonly to: boolean; readonly site: boolean; readonly neutral: boolean },
): string {
  if (!EXPORT_TABLES.includes(table)) throw new Error(`${table} is not exported`)
  const day = datedBy(columns)
  if ((asked.from || asked.to) && !day) throw new Error(`the rows of ${table} have no day`)
  const selected = columns.map(({ name, type }) => {
    if (!/^\w+$/.test(name)) throw new Error(`not a column: ${name}`)
    return asked.neutral && TEXT.test(type)
      ? `if(match(${table}.${name}, '^[\\\\s]*[=+@-]'), concat('\\'', ${table}.${name}), ${table}.${name}) AS ${name}`
      : name
  })
  const conditions = [
    ...(asked.from ? [`toDate(${table}.${day}) >= toDate({from:String})`] : []),
    ...(asked.to ? [`toDate(${table}.${day}) <= toDate({to:String})`] : []),
    ...(asked.site ? [`${table}.site_id = {site:String}`] : []),
  ]
  return `SELECT ${selected.join(', ')} FROM ${table}${conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : ''}`
}
