/**
 * A day recounted: what a derived table holds, compared with the same rows computed from the raw events alone. It promises: no
 * difference is missed, and each one is told with the row as it should be and the row as it is.
 */
import type { ClickHouse } from '../client.ts'

/**
 * One derived table and the two SELECTs that must give the same rows, in any order. Both are about the site `{site_id:String}` and
 * the day `{event_date:Date}` and give the same column names. Every column must have a text form (no aggregate states).
 */
export interface RecountCheck {
  readonly table: string
  /** Columns that name a row, so that what is expected and what is stored of it are told side by side; absent: all. */
  readonly key?: readonly string[]
  /** Recomputed from the view `events` alone. */
  readonly expected: string
  /** As the derived table has it. */
  readonly stored: string
}

/** A site's day, in the time zone of the site: `2026-01-31`. */
export interface SiteDay {
  readonly site_id: string
  readonly event_date: string
}

/** Columns of a row as text; null where the column is NULL. */
export type RowText = Readonly<Record<string, string | null>>

/** A row that is not the same on both sides; null where that side has no such row. */
export interface RecountDifference extends SiteDay {
  readonly table: string
  /** The columns that name the row. */
  readonly key: RowText
  readonly expected: RowText | null
  readonly stored: RowText | null
}

export interface RecountResult {
  readonly differences: readonly RecountDifference[]
  /** Rows that differ, counted on both sides; more than were asked for means that `differences` is only the first of them. */
  readonly rows: number
}

/** What only one side has: `surplus` times more often among the expected (negative: the stored). */
interface OneSided {
  readonly columns: RowText
  readonly surplus: number
  readonly total: number
}

/** Compares a day. @param limit rows read at most */
export async function recountDay(
  clickhouse: ClickHouse,
  check: RecountCheck,
  day: SiteDay,
  limit = 1_000,
): Promise<RecountResult> {
  const columns = await columnsOf(clickhouse, check.expected, day)
  const list = columns.map(quoted).join(', ')
  const rows = await clickhouse.rows<OneSided>(
    `SELECT map(${columns.map((name) => `'${name}', toString(${quoted(name)})`).join(', ')}) AS columns,
       sum(recount_side) AS surplus, count() OVER () AS total
     FROM (
       SELECT ${list}, toInt8(1) AS recount_side FROM (${check.expected})
       UNION ALL
       SELECT ${list}, toInt8(-1) AS recount_side FROM (${check.stored}))
     GROUP BY ${list}
     HAVING surplus != 0
     ORDER BY ${list}
     LIMIT {recount_limit:UInt32}
     SETTINGS max_bytes_before_external_group_by = 500000000, max_bytes_before_external_sort = 500000000`,
    { ...day, recount_limit: limit },
  )
  const { table, key = columns } = check
  return { differences: pairUp({ table, key }, day, rows), rows: rows[0]?.total ?? 0 }
}

/** Names of the columns a SELECT gives. @throws when one is not a plain name */
async function columnsOf(clickhouse: ClickHouse, select: string, day: SiteDay): Promise<string[]> {
  const described = await clickhouse.rows<{ name: string }>(`DESCRIBE TABLE (${select})`, { ...day })
  const names = described.map(({ name }) => name)
  const odd = names.find((name) => !/^\w+$/.test(name))
  if (odd !== undefined) throw new Error(`not a plain column name: ${odd}`)
  return names
}

const quoted = (name: string) => `\`${name}\``

/**
 * Puts together what is expected and what is stored of the same row; what has no partner stands alone. Pure.
 * @param key columns that name a row
 */
function pairUp(
  { table, key }: { readonly table: string; readonly key: readonly string[] },
  day: SiteDay,
  rows: readonly OneSided[],
): RecountDifference[] {
  const differences = new Map<string, RecountDifference[]>()
  for (const { columns, surplus } of rows) {
    const named = Object.fromEntries(key.map((name) => [name, columns[name] ?? null]))
    const side = surplus > 0 ? 'expected' : 'stored'
    const name = JSON.stringify(named)
    const known = differences.get(name) ?? []
    const partner = known.findIndex((difference) => difference[side] === null)
    const before = known[partner] ?? { table, ...day, key: named, expected: null, stored: null }
    const without = known.filter((difference) => difference !== before)
    differences.set(name, [...without, { ...before, [side]: columns }])
  }
  return [...differences.values()].flat()
}
