/** A kept statement as an endpoint of the API. */
import type { Cell } from '#lib/sql/answer.ts'
import { MAX_ROWS, placesOf } from '#lib/sql/answer.ts'
import type { SavedQuery } from '#lib/sql/saved.ts'
import type { Caller } from '../caller.ts'
import type { Services } from '../clickhouse.ts'
import { downloadResponse, type FileKind } from './download.ts'
import { rowLines, startStatement } from './run.ts'
import { BadInput } from './saved.ts'

/**
 * Its rows, or a file of them.
 * @param given texts of its places; what is left out has the value it was kept with
 * @throws BadInput for a place it does not have or that has no value, and what `startStatement` throws
 */
export async function queryResult(
  services: Services,
  caller: Caller,
  query: SavedQuery,
  given: Readonly<Record<string, string>>,
  as: FileKind | 'rows',
): Promise<Response | object> {
  const places = placesOf(query.sql)
  const unknown = Object.keys(given).find((name) => !places.some((place) => place.name === name))
  if (unknown) throw new BadInput(unknown, `The query has no parameter ${unknown}.`)
  const values = Object.fromEntries(
    places.map(({ name, type }) => {
      const value = given[name] ?? query.values[name]
      if (value === undefined) throw new BadInput(name, `The parameter ${name} (${type}) has no value.`)
      return [name, value]
    }),
  )
  const asked = { sql: query.sql, values }
  if (as !== 'rows') return downloadResponse(services, caller, asked, as, query.name)
  const started = await startStatement(services, caller, asked, 'JSONCompactEachRowWithNamesAndTypes')
  try {
    const [names = [], types = [], ...rows] = await firstRows(started.bytes)
    const columns = names.map((name, index) => ({ name: String(name), type: String(types[index]) }))
    return {
      id: query.id,
      name: query.name,
      columns,
      rows: rows.slice(0, MAX_ROWS),
      cut: rows.length > MAX_ROWS,
    }
  } finally {
    started.end()
  }
}

async function firstRows(bytes: AsyncIterable<Uint8Array>): Promise<Cell[][]> {
  const lines: Cell[][] = []
  for await (const line of rowLines(bytes)) {
    lines.push(JSON.parse(line))
    if (lines.length > MAX_ROWS + 2) break
  }
  return lines
}
