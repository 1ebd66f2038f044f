/** What the page and its server say to each other about a statement: lines of JSON, each one of these. */

/** Rows the page draws at most; a download has all. */
export const MAX_ROWS = 100_000

/** A value as ClickHouse's JSON has it; 64-bit integers and decimals are texts. */
export type Cell = string | number | boolean | null | readonly Cell[] | { readonly [key: string]: Cell }

export interface SqlColumn {
  readonly name: string
  readonly type: string
}

export interface SqlTrouble {
  /** `sql_refused_table`, `sql_159`, … : stable. */
  readonly code: string
  readonly title: string
  readonly detail: string
}

export type SqlLine =
  | { readonly kind: 'started'; readonly id: string }
  | { readonly kind: 'progress'; readonly rows: number; readonly of: number; readonly ms: number }
  | { readonly kind: 'columns'; readonly names: readonly string[]; readonly types: readonly string[] }
  | { readonly kind: 'rows'; readonly rows: readonly (readonly Cell[])[] }
  | { readonly kind: 'done'; readonly rows: number; readonly ms: number; readonly cut: boolean }
  | ({ readonly kind: 'failed' } & SqlTrouble)

/** What is asked: a statement and the texts of its places. */
export interface SqlAsked {
  readonly sql: string
  readonly values: Readonly<Record<string, string>>
}

export interface Estimate {
  readonly rows: number
  readonly parts: number
}

export interface SchemaView {
  readonly name: string
  readonly columns: readonly { readonly name: string; readonly type: string; readonly comment: string }[]
}

export interface Schema {
  readonly views: readonly SchemaView[]
  readonly functions: readonly string[]
}

/** A place of a statement: `{from:Date}`. */
export interface Place {
  readonly name: string
  readonly type: string
}

const PLACE =
  /'(?:[^'\\]|\\.|'')*'|--[^\n]*|\/\*[\s\S]*?\*\/|\{\s*([A-Za-z_]\w*)\s*:\s*([A-Za-z][^{}']*?)\s*\}/g

/** The places of a statement, each once, not those inside texts and comments. */
export function placesOf(sql: string): Place[] {
  const places = new Map<string, Place>()
  for (const [, name, type] of sql.matchAll(PLACE))
    if (name && type && !places.has(name)) places.set(name, { name, type })
  return [...places.values()]
}
