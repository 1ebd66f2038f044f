/** `export`: the rows of a table as a file, of any range of days, for analysts' own tools. */

import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import {
  EXPORT_COLUMNS,
  EXPORT_TABLES,
  type ExportColumn,
  exportStatement,
} from '@rtpx/clickhouse/queries/export'
import { print } from '../output.ts'
import { runSql, SqlError, type SqlTarget } from '../sql.ts'
import { sqlTarget } from '../sql-target.ts'
import { StartError } from '../start-error.ts'
import { strictCommand } from '../strict-command.ts'

const FORMATS: Readonly<Record<string, string>> = { parquet: 'Parquet', csv: 'CSVWithNames' }

export default strictCommand({
  meta: { name: 'export', description: 'The rows of a table as a file' },
  args: {
    table: { type: 'string', required: true, description: 'The table, such as events or daily_metrics' },
    from: { type: 'string', description: 'First day, as 2026-01-31' },
    to: { type: 'string', description: 'Last day' },
    site: { type: 'string', description: 'Only this site' },
    format: { type: 'string', default: 'parquet', description: 'parquet or csv' },
    out: { type: 'string', description: 'The file; without it TABLE.FORMAT here' },
  },
  run: async ({ args }) => {
    const { table, from, to, site } = args
    const format = FORMATS[args.format]
    if (!format) throw new StartError(`--format ${args.format}: parquet or csv`)
    if (!EXPORT_TABLES.includes(table))
      throw new StartError(`--table ${table}: one of ${EXPORT_TABLES.join(', ')}`)
    for (const [name, day] of Object.entries({ from, to }))
      if (day !== undefined && !isDay(day)) throw new StartError(`--${name} ${day}: a day, as 2026-01-31`)
    if (from && to && from > to) throw new StartError(`--from ${from} is after --to ${to}`)
    const target = sqlTarget()
    const asked = { from: from !== undefined, to: to !== undefined, site: site !== undefined }
    const values = {
      ...(from && { from }),
      ...(to && { to }),
      ...(site !== undefined && { site: asText(site) }),
    }
    const file = args.out ?? `${table}.${args.format}`
    try {
      const columns = await columnsOf(target, table)
      if (columns.length === 0) throw new StartError(`there is no table ${table} yet: run the migrations`)
      const statement = exportStatement(table, columns, { ...asked, neutral: args.format === 'csv' })
      const bytes = await writeFile(file, (write) =>
        runSql(target, statement, format, write, undefined, values),
      )
      print(`${file}: ${bytes} bytes`)
    } catch (error) {
      if (error instanceof SqlError) throw new StartError(error.message)
      throw error
    }
  },
})

const isDay = (text: string) =>
  /^\d{4}-\d\d-\d\d$/.test(text) &&
  !Number.isNaN(Date.parse(text)) &&
  new Date(text).toISOString().startsWith(text)

/** A value as ClickHouse's text has it. */
const asText = (text: string) =>
  text.replace(/[\\\t\n\r]/g, (char) => ({ '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' })[char] ?? '')

async function columnsOf(target: SqlTarget, table: string): Promise<ExportColumn[]> {
  let text = ''
  const take = (piece: Uint8Array) => {
    text += Buffer.from(piece).toString()
  }
  await runSql(target, EXPORT_COLUMNS, 'JSONEachRow', take, undefined, { table })
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
}

/** Writes aside and puts the whole file in place: one that breaks off leaves none. @returns its size in bytes */
async function writeFile(
  file: string,
  read: (write: (piece: Uint8Array) => void) => Promise<void>,
): Promise<number> {
  const aside = `${file}.part`
  const out = createWriteStream(aside)
  let bytes = 0
  await once(out, 'open').catch((error) => {
    throw new StartError(`--out ${file} cannot be written: ${(error as Error).message}`)
  })
  try {
    await read((piece) => {
      bytes += piece.byteLength
      out.write(piece)
    })
    out.end()
    await once(out, 'finish')
    await rename(aside, file)
    return bytes
  } catch (error) {
    out.destroy()
    await rm(aside, { force: true })
    throw error
  }
}
