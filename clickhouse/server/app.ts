/**
 * From a request to a response: ClickHouse's HTTP interface (`HTTPHandlerFactory.cpp`, `HTTPHandler.cpp`). It promises:
 * whatever a client sends is answered, with the server's status, headers and text; nothing a client sends throws out of
 * here.
 */
import { type Account, authenticate } from './auth.ts'
import { Body } from './body.ts'
import type { Engine } from './engine.ts'
import { type Report, reportOfThrown, ServerException } from './exceptions.ts'
import { contentType } from './formats.ts'
import { runInsert } from './insert.ts'
import type { Stats } from './libchdb.ts'
import { checked, placeOf, startSelect } from './query.ts'
import { type QueryRequest, readRequest } from './request.ts'
import { readHead, resultBody } from './result-stream.ts'
import { readStatement, type Statement } from './sql.ts'

export interface App {
  engine: Engine
  account: Account
  displayName: string
  newQueryId: () => string
  newTag: () => string
  /** Milliseconds on a clock that never goes back. */
  now: () => number
}

const EXPOSED =
  'X-ClickHouse-Query-Id,X-ClickHouse-Summary,X-ClickHouse-Server-Display-Name,X-ClickHouse-Format,X-ClickHouse-Timezone,X-ClickHouse-Exception-Code,X-ClickHouse-Exception-Tag'
const HEAD_BYTES = 1 << 20
const MAX_QUERY_BYTES = 64 << 20

const plain = (text: string, status = 200, type = 'text/html; charset=UTF-8') =>
  new Response(text, { status, headers: { 'Content-Type': type } })

function notFound(url: URL): Response {
  const uri = url.pathname + url.search
  const hints = ['/ping', '/replicas_status']
  const hint = hints.find((path) => url.pathname.startsWith(path.slice(0, 3)))
  return plain(
    `There is no handle ${uri}${hint ? `. Maybe you meant ${hint}.` : ''}\n\nUse / or /ping for health checks.\nOr /replicas_status for more sophisticated health checks.\n\nSend queries from your program with POST method or GET /?query=...\n\nUse clickhouse-client:\n\nFor interactive data analysis:\n    clickhouse-client\n\nFor batch query processing:\n    clickhouse-client --query='SELECT 1' > result\n    clickhouse-client < query > result\n`,
    404,
    'text/plain; charset=UTF-8',
  )
}

/** Answers one request. */
export async function answer(app: App, request: Request): Promise<Response> {
  const url = new URL(request.url)
  const { method } = request
  const reads = method === 'GET' || method === 'HEAD'
  if (reads && url.pathname === '/ping') return plain('Ok.\n')
  if (reads && url.pathname === '/replicas_status') return plain('Ok.\n', 200, 'text/plain; charset=UTF-8')
  if (reads && url.pathname === '/' && !url.search) return plain('Ok.\n')
  const queries = url.pathname === '/' || (url.pathname === '/query' && url.search !== '')
  if (!queries || !(reads || method === 'POST' || method === 'OPTIONS')) return notFound(url)
  if (method === 'OPTIONS') return new Response(null, { status: 204 })
  return answerQuery(app, request, url)
}

async function answerQuery(app: App, http: Request, url: URL): Promise<Response> {
  const headers = new Headers({
    'Content-Type': 'text/plain; charset=UTF-8',
    'Access-Control-Expose-Headers': EXPOSED,
    'X-ClickHouse-Server-Display-Name': app.displayName,
  })
  const tag = app.newTag()
  headers.set('X-ClickHouse-Exception-Tag', tag)
  const startedAt = app.now()
  try {
    authenticate(url, http.headers, app.account)
    const request = readRequest(http.method, url, http.headers, app.newQueryId)
    headers.set('X-ClickHouse-Query-Id', request.queryId)
    headers.set('X-ClickHouse-Timezone', app.engine.timezone)
    if (
      http.method === 'POST' &&
      !http.headers.has('content-length') &&
      !http.headers.has('transfer-encoding')
    )
      throw new ServerException(
        381,
        'HTTP_LENGTH_REQUIRED',
        'The Transfer-Encoding is not chunked and there is no Content-Length header for POST request',
      )
    const body = new Body(http.body)
    const { sql, statement } = await readQuery(request, body)
    return await run(app, { request, body, sql, statement, headers, tag, startedAt })
  } catch (thrown) {
    return failed(reportOfThrown(thrown, app.engine.version), headers)
  }
}

/** The statement of a request: the URL's part, a line break, and the body; of an INSERT only as far as its data. */
async function readQuery(request: QueryRequest, body: Body): Promise<{ sql: Buffer; statement: Statement }> {
  const inUrl = Buffer.from(request.query ? `${request.query}\n` : '')
  const head = await body.take(HEAD_BYTES)
  let sql = Buffer.concat([inUrl, head.bytes])
  let statement = readStatement(sql)
  if (statement.kind === 'insert') {
    body.unread(sql.subarray(statement.dataAt))
    return { sql, statement }
  }
  if (!head.ended) {
    const rest = await body.take(MAX_QUERY_BYTES)
    if (!rest.ended)
      throw new ServerException(229, 'QUERY_IS_TOO_LARGE', `Query is larger than ${MAX_QUERY_BYTES} bytes`)
    sql = Buffer.concat([sql, rest.bytes])
    statement = readStatement(sql)
  }
  return { sql, statement }
}

interface Query {
  request: QueryRequest
  body: Body
  sql: Buffer
  statement: Statement
  headers: Headers
  tag: string
  startedAt: number
}

async function run(app: App, query: Query): Promise<Response> {
  const { request, statement, headers, sql } = query
  const { engine } = app
  const place = placeOf(engine, request)
  const format = ('format' in statement && statement.format) || request.defaultFormat || 'TabSeparated'
  if (!/^\w+$/.test(format)) throw new ServerException(73, 'UNKNOWN_FORMAT', `Unknown format ${format}`)
  if (statement.kind === 'insert') {
    const { stats, report } = checked(
      await runInsert(engine, place, statement, request.params, query.body),
      engine.version,
    )
    summarise(headers, stats, app.now() - query.startedAt)
    return report ? failed(report, headers) : new Response(null, { headers })
  }
  const lane = await engine.acquire()
  if (statement.kind === 'other') {
    const text = sql.subarray(0, statement.inline ? sql.byteLength : statement.end)
    const result = await lane.query(place, text, format, request.params).finally(() => engine.release(lane))
    const { bytes, stats, report } = checked(result.outcome, engine.version)
    summarise(headers, stats, app.now() - query.startedAt)
    if (report) return failed(report, headers)
    if (bytes.byteLength > 0) describe(headers, format)
    return new Response(request.method === 'HEAD' ? null : bytes.slice(), { headers })
  }
  const source = startSelect(engine, lane, request, place, sql, statement, format)
  const head = await readHead(source, request.waitEndOfQuery ? Number.POSITIVE_INFINITY : request.bufferBytes)
  const failure = head.ended ? await source.failure() : undefined
  summarise(headers, source.stats(), app.now() - query.startedAt)
  if (failure) return failed(failure, headers)
  describe(headers, format)
  if (head.ended)
    return new Response(request.method === 'HEAD' ? null : Buffer.concat(head.pieces), { headers })
  return new Response(resultBody(source, head.pieces, query.tag), { headers })
}

function describe(headers: Headers, format: string): void {
  headers.set('X-ClickHouse-Format', format)
  headers.set('Content-Type', contentType(format))
}

function summarise(headers: Headers, stats: Stats, elapsedMs: number): void {
  const counts = {
    read_rows: stats.readRows,
    read_bytes: stats.readBytes,
    written_rows: stats.writtenRows,
    written_bytes: stats.writtenBytes,
    total_rows_to_read: stats.readRows,
    result_rows: stats.resultRows,
    result_bytes: stats.resultBytes,
    elapsed_ns: Math.round(elapsedMs * 1e6),
  }
  headers.set(
    'X-ClickHouse-Summary',
    JSON.stringify(counts, (_, value) => (typeof value === 'number' ? String(value) : value)),
  )
}

function failed(report: Report, headers: Headers): Response {
  headers.set('X-ClickHouse-Exception-Code', String(report.code))
  headers.set('Content-Type', 'text/plain; charset=UTF-8')
  return new Response(`${report.text}\n`, { status: report.status, headers })
}
