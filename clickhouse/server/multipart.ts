/**
 * Requests as forms (`multipart/form-data`): the query and its parameters as fields, and external tables as files, which are
 * temporary tables for the time of the request. Held in memory, so with a limit. Source: `ExternalTable.cpp`.
 */
import { ServerException } from './exceptions.ts'
import type { QueryRequest } from './request.ts'
import { escaped, identifier } from './tokens.ts'

const MAX_FORM_BYTES = 64 << 20

/** A temporary table to be made before the query: its statement and the data the statement's placeholder stands for. */
export interface ExternalTable {
  sql: string
  param: readonly [name: string, value: Uint8Array]
}

const bad = (message: string) => new ServerException(36, 'BAD_ARGUMENTS', message)

async function externalTable(
  name: string,
  file: Blob,
  settings: ReadonlyMap<string, string>,
  index: number,
): Promise<ExternalTable> {
  const types = settings.get(`${name}_types`)
  const columns = types
    ?.split(',')
    .map((type, at) => `_${at + 1} ${type}`)
    .join(', ')
  const structure = settings.get(`${name}_structure`) ?? columns
  if (!structure)
    throw bad(
      `Neither structure nor types have not been provided for external table ${name}. Use fields ${name}_structure or ${name}_types to do so.`,
    )
  const format = settings.get(`${name}_format`) ?? 'TabSeparated'
  if (!/^\w+$/.test(format)) throw new ServerException(73, 'UNKNOWN_FORMAT', `Unknown format ${format}`)
  const param = `rtpx_table_${index}`
  const data = escaped(Buffer.from(await file.arrayBuffer()))
  const quoted = structure.replaceAll('\\', '\\\\').replaceAll("'", "\\'")
  const sql = `CREATE TEMPORARY TABLE ${identifier(name)} ENGINE = Memory AS SELECT * FROM format(${format}, '${quoted}', {${param}:String})`
  return { sql, param: [param, data] }
}

/** Reads a form into the request: its query and parameters are added, the settings that describe its files taken away. */
export async function readForm(
  http: Request,
  request: QueryRequest,
): Promise<{ request: QueryRequest; tables: ExternalTable[] }> {
  if (Number(http.headers.get('content-length') ?? Number.POSITIVE_INFINITY) > MAX_FORM_BYTES)
    throw new ServerException(
      229,
      'QUERY_IS_TOO_LARGE',
      `A form needs a Content-Length of at most ${MAX_FORM_BYTES} bytes`,
    )
  const entries: [name: string, value: string | Blob][] = []
  try {
    const form = await http.formData()
    form.forEach((value, name) => void entries.push([name, value]))
  } catch {
    throw bad('The body is not a form')
  }
  const fields = entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  const files = entries.filter((entry): entry is [string, Blob] => typeof entry[1] !== 'string')
  const described = new Map([...request.settings, ...fields])
  const tables = await Promise.all(
    files.map(([name, file], index) => externalTable(name, file, described, index)),
  )
  const describes = new Set(
    files.flatMap(([name]) => ['_format', '_types', '_structure'].map((suffix) => name + suffix)),
  )
  const query =
    request.query +
    fields
      .filter(([name]) => name === 'query')
      .map(([, value]) => value)
      .join('')
  const params = fields
    .filter(([name]) => name.startsWith('param_'))
    .map(([name, value]): [string, string] => [name.slice(6), value])
  return {
    request: {
      ...request,
      query,
      params: [...request.params, ...params],
      settings: request.settings.filter(([name]) => !describes.has(name)),
    },
    tables,
  }
}
