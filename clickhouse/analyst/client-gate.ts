/** The gate in front of any ClickHouse, over the client. */
import type { ClickHouse } from '../client.ts'
import type { Ask } from './ask.ts'
import { createGate, type Passed } from './gate.ts'

/** Judges a statement with the values of its places. @throws SqlRefused, or what the client throws */
export type ClientGate = (text: string, values?: Readonly<Record<string, string>>) => Promise<Passed>

export function createClientGate(clickhouse: ClickHouse, database: string): ClientGate {
  const gate = createGate(database)
  return (text, values = {}) => {
    const ask: Ask = async (sql, bound = []) => {
      const rows = await clickhouse.rows<Record<string, string>>(sql, Object.fromEntries(bound))
      return rows.map((row) => String(Object.values(row)[0]))
    }
    return gate(ask, text, Object.entries(values))
  }
}
