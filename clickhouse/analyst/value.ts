/**
 * The one number a person's statement answers: its single value, or how many rows it has. It passes the gate and runs with the
 * role, the filter and limits of whoever it is asked for, as on the SQL page, only in less time.
 */
import type { ClickHouse } from '../client.ts'
import type { ClientGate } from './client-gate.ts'
import { SQL_LIMITS, type SqlScope, scopeSettings } from './scope.ts'
import { SQL_ROLE } from './views.ts'

export interface ValueAsked {
  readonly sql: string
  readonly values: Readonly<Record<string, string>>
  /** Its single value, or the number of its rows. */
  readonly reads: 'number' | 'rows'
}

/** The statement answers no number. */
export class NoNumber extends Error {}

const LIMITS = { ...SQL_LIMITS, seconds: 20, resultRows: 1 }
const TOO_MANY_ROWS = '396'

/** @returns null for NULL @throws SqlRefused, NoNumber, or what the client throws */
export async function statementValue(
  clickhouse: ClickHouse,
  gate: ClientGate,
  database: string,
  { sql, values, reads }: ValueAsked,
  scope: SqlScope,
): Promise<number | null> {
  const { sql: passed, isSelect } = await gate(sql, values)
  if (!isSelect) throw new NoNumber('only a SELECT answers a number')
  const counted = reads === 'rows' ? (await gate(`SELECT count() FROM (${passed})`, values)).sql : passed
  try {
    const bytes = await clickhouse.stream(counted, {
      format: 'JSONCompactEachRow',
      params: values,
      settings: scopeSettings(database, scope, LIMITS),
      role: SQL_ROLE,
    })
    const pieces: Uint8Array[] = []
    for await (const piece of bytes) pieces.push(piece)
    return numberOf(Buffer.concat(pieces).toString('utf8'))
  } catch (error) {
    if ((error as { code?: string }).code === TOO_MANY_ROWS) throw new NoNumber(ONE_ROW)
    throw error
  }
}

const ONE_ROW =
  'the statement answers more than one row: let it answer one number, or watch its number of rows'

function numberOf(text: string): number | null {
  const failure = /Code: 396\b/.test(text)
  if (failure) throw new NoNumber(ONE_ROW)
  const lines = text.split('\n').filter((line) => line !== '')
  if (lines.length === 0) return null
  const cells: unknown[] = lines[0]?.startsWith('[') ? JSON.parse(lines[0]) : []
  if (lines.length > 1 || cells.length === 0)
    throw new NoNumber(lines.length > 1 ? ONE_ROW : text.slice(0, 300))
  if (cells.length > 1)
    throw new NoNumber('the statement answers more than one column: let it answer one number')
  const [cell] = cells
  if (cell === null) return null
  const value = typeof cell === 'string' && cell.trim() !== '' ? Number(cell) : cell
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw new NoNumber(`the statement answers ${JSON.stringify(cell).slice(0, 80)}, which is no number`)
  return value
}
