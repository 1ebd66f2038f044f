/**
 * The connection a statement runs on. It promises: a connection that is not kept is closed when the statement is over; one
 * that is kept has the settings and database it had before, unless the statement itself changed them.
 */
import type { Place } from './lane-protocol.ts'
import * as chdb from './libchdb.ts'
import { identifier, literal } from './tokens.ts'

const utf8 = new TextEncoder()
const run = (connection: chdb.Connection, sql: string, format = 'Null') =>
  chdb.query(connection, utf8.encode(sql), format, [])

export interface Entered {
  connection: chdb.Connection
  /** Why the settings or the database could not be taken; nothing was run then. */
  error?: string
  /** To be called once, when nothing runs any more. @returns the connection when it was kept */
  leave(): chdb.Connection | undefined
}

/** What brings a kept connection back to how it is now. */
function restorer(connection: chdb.Connection, place: Place): string {
  const statements: string[] = []
  if (place.setsDatabase) {
    const now = run(connection, 'SELECT currentDatabase()', 'TSVRaw')
    if (now.ok) statements.push(`USE ${identifier(Buffer.from(now.bytes).toString().trimEnd())}`)
  }
  if (place.settings.length > 0) {
    const names = place.settings.map(literal).join(', ')
    const now = run(
      connection,
      `SELECT name, value, changed FROM system.settings WHERE name IN (${names})`,
      'JSONCompactEachRow',
    )
    const lines = now.ok ? Buffer.from(now.bytes).toString().split('\n').filter(Boolean) : []
    for (const line of lines) {
      const [name, value, changed] = JSON.parse(line) as [string, string, number | boolean]
      statements.push(`SET ${identifier(name)} = ${changed ? literal(value) : 'DEFAULT'}`)
    }
  }
  return statements.join('; ')
}

/** Opens or takes the connection and prepares it. @throws Error when the engine opens no connection */
export function enter(place: Place): Entered {
  const connection = place.connection ?? chdb.connect(place.args)
  const restore = place.keep ? restorer(connection, place) : ''
  const leave = () => {
    if (!place.keep) {
      chdb.close(connection)
      return undefined
    }
    if (restore) run(connection, restore)
    return connection
  }
  const prepared = place.setup ? run(connection, place.setup) : undefined
  if (prepared && !prepared.ok) return { connection, leave, error: prepared.error }
  for (const table of place.tables) {
    const made = chdb.query(connection, utf8.encode(table.sql), 'Null', [table.param])
    if (!made.ok) return { connection, leave, error: made.error }
  }
  return { connection, leave }
}
