/**
 * One query over HTTP, from its request to its response (`HTTPHandler.cpp`). It promises: whatever the client sends is
 * answered; a session is given back when its statement is over, not when its result was read.
 */
import { type Account, authenticate, claimOf } from './auth.ts'
import { Body } from './body.ts'
import type { Codec } from './compression/codec.ts'
import { decoderOf } from './compression/http-encodings.ts'
import { blockDecoder } from './compression/native-blocks.ts'
import { revisionEncoder } from './compression/native-revision.ts'
import type { Engine } from './engine.ts'
import { reportOfEngine, reportOfThrown, ServerException } from './exceptions.ts'
import { runInsert } from './insert.ts'
import type { Done, Place } from './lane-protocol.ts'
import { readForm } from './multipart.ts'
import type { People } from './people.ts'
import { NO_STATS, placeOf, type Running, readsOnly, startSelect } from './query.ts'
import { Reply } from './reply.ts'
import { type QueryRequest, readRequest } from './request.ts'
import { type Line, readHead, reshaped } from './result-stream.ts'
import type { Sessions } from './sessions.ts'
import { spool } from './spool.ts'
import { killByComment, readStatement, type Statement } from './statement.ts'

export interface App {
  engine: Engine
  sessions: Sessions
  account: Account
  people: People
  displayName: string
  /** Where results wait that must be whole before they are sent; a new path each time. */
  spoolPath: () => string
  newQueryId: () => string
  newTag: () => string
  /** Milliseconds on a clock that never goes back. */
  now: () => number
}

const HEAD_BYTES = 1 << 20
const MAX_QUERY_BYTES = 64 << 20
const MAX_COMMAND_BYTES = 16
const READING_STATEMENTS = new Set(['show', 'describe', 'desc', 'explain', 'exists', 'use', 'set', 'check'])

/** A query that is understood and about to run. */
interface Query {
  request: QueryRequest
  body: Body
  sql: Buffer
  statement: Statement
  format: string
  place: Place
  reply: Reply
  startedAt: number
  line: Line
}

/** Answers one query. */
export async function answerQuery(
  app: App,
  http: Request,
  url: URL,
  hangUp: (request: Request) => void,
): Promise<Response> {
  const reply = new Reply(app.displayName, app.newTag(), http.method)
  const startedAt = app.now()
  let leave = () => {}
  try {
    const claim = claimOf(url, http.headers)
    const person = claim.user === app.account.user ? undefined : await app.people.authenticate(claim)
    if (!person) authenticate(claim, http.headers, app.account)
    requireLength(http)
    const inUrl = readRequest(http.method, url, http.headers, app.newQueryId)
    const isForm = http.headers.get('content-type')?.startsWith('multipart/form-data') ?? false
    const asked = isForm ? await readForm(http, inUrl) : { request: inUrl, tables: [] }
    const { tables } = asked
    const request = person ? app.people.scoped(asked.request, person) : asked.request
    reply.shape(request, http.headers, app.engine.timezone)
    const httpDecoder = decoderOf(http.headers.get('content-encoding'))
    const decoders = [...(httpDecoder ? [httpDecoder] : []), ...(request.decompress ? [blockDecoder()] : [])]
    const body = new Body(isForm ? null : http.body, decoders)
    let read = await readQuery(request, body)
    let gone = http.signal
    if (person) {
      const told = app.people.kill(person, read.sql)
      if (told) read = { sql: told, statement: readStatement(told) }
      else {
        const place = app.people.enter(person, request.queryId)
        leave = place.leave
        gone = AbortSignal.any([gone, place.killed])
      }
      read = await judged(app, request, read, tables, gone)
    }
    const { sql, statement } = read
    const format = ('format' in statement && statement.format) || request.defaultFormat || 'TabSeparated'
    if (!/^\w+$/.test(format)) throw new ServerException(73, 'UNKNOWN_FORMAT', `Unknown format ${format}`)
    const session = request.session && app.sessions.hold(request.session)
    let kept = session?.connection
    try {
      if (session) refuseWrites(request, statement)
      const place = placeOf(app.engine, request, tables, session ? (kept ?? null) : undefined)
      const query = {
        request,
        body,
        sql,
        statement,
        format,
        place,
        reply,
        startedAt,
        line: { gone, hangUp: () => hangUp(http) },
      }
      const { response, done } = await run(app, query)
      done.then(leave, leave)
      if (!session) return response
      done.then((ended) => session.release(ended.connection))
      return response
    } catch (thrown) {
      session?.release(kept)
      kept = undefined
      throw thrown
    }
  } catch (thrown) {
    leave()
    return reply.failed(reportOfThrown(thrown, app.engine.version))
  }
}

/** A person's statement, as the gate lets it through. @throws ServerException when it does not */
async function judged(
  app: App,
  request: QueryRequest,
  { sql, statement }: { sql: Buffer; statement: Statement },
  tables: Place['tables'],
  gone: AbortSignal,
): Promise<{ sql: Buffer; statement: Statement }> {
  if (statement.kind === 'insert' || tables.length > 0)
    throw new ServerException(497, 'ACCESS_DENIED', 'A personal login only reads')
  const allowed = await app.people.judge(request, sql, gone)
  return { sql: allowed, statement: readStatement(allowed) }
}

function requireLength(http: Request): void {
  const told = http.headers.has('content-length') || http.headers.has('transfer-encoding')
  if (http.method !== 'POST' || told) return
  const message =
    'The Transfer-Encoding is not chunked and there is no Content-Length header for POST request'
  throw new ServerException(381, 'HTTP_LENGTH_REQUIRED', message)
}

function refuseWrites(request: QueryRequest, statement: Statement): void {
  const reads =
    statement.kind === 'select' || (statement.kind === 'other' && READING_STATEMENTS.has(statement.first))
  if (readsOnly(request) && !reads) throw new ServerException(164, 'READONLY', READONLY)
}

const READONLY =
  'Cannot execute query in readonly mode. For queries over HTTP, method GET implies readonly. You should use method POST for modifying queries'

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

/** The embedded client takes a bare `exit`, `q` and the like for its own commands and says nothing; a comment makes them SQL. */
const asStatement = (sql: Buffer) =>
  sql.byteLength <= MAX_COMMAND_BYTES ? Buffer.concat([Buffer.from('/**/'), sql]) : sql

type Ran = Promise<{ response: Response; done: Promise<Done> }>

async function run(app: App, query: Query): Ran {
  const { engine } = app
  const { statement, place, request } = query
  if (statement.kind === 'insert')
    return complete(app, query, await runInsert(engine, place, statement, request.params, query.body))
  if (statement.kind === 'other' && statement.first === 'kill') return runKill(app, query, statement.end)
  const lane = await engine.acquire(query.line.gone)
  if (statement.kind === 'select')
    return runSelect(app, query, startSelect(engine, lane, place, request.params, { ...query, statement }))
  // As in a server, what is no SELECT goes on when its client goes away: KILL QUERY ends it.
  const text = asStatement(query.sql.subarray(0, statement.end))
  const done = await lane.query(place, text, query.format, request.params)
  engine.release(lane)
  return complete(app, query, done)
}

/** KILL goes ahead of those it is to end: on the engine's own lane. Its `query_id` is the id our clients know. */
async function runKill(app: App, query: Query, end: number): Ran {
  const sql = Buffer.from(killByComment(query.sql.subarray(0, end).toString('latin1')), 'latin1')
  return complete(
    app,
    query,
    await app.engine.onControl(query.place, sql, query.format, query.request.params),
  )
}

/** The response to a statement whose result, if any, is here in one piece. */
async function complete(app: App, query: Query, done: Done): Ran {
  const { reply, request } = query
  const { outcome } = done
  reply.summarise(outcome.ok ? outcome.stats : NO_STATS, app.now() - query.startedAt, request.progressHeaders)
  if (!outcome.ok) return { response: await failure(app, query, done), done: Promise.resolve(done) }
  if (outcome.bytes.byteLength > 0) reply.describe(query.format)
  const codec = shaper(query)
  const pieces = codec ? await codec.push(outcome.bytes) : [outcome.bytes]
  return { response: await reply.whole(pieces), done: Promise.resolve(done) }
}

function failure(app: App, { reply, request }: Query, done: Done): Promise<Response> {
  if (done.early) reply.plain()
  const error = done.outcome.ok ? '' : done.outcome.error
  const report = reportOfEngine(error, app.engine.version)
  if (report.code === 164 && readsOnly(request))
    return reply.failed(reportOfThrown(new ServerException(164, 'READONLY', READONLY), app.engine.version))
  return reply.failed(report)
}

/** What brings a result to the client's protocol version, where it has one. */
function shaper({ format, request }: Query): Codec | undefined {
  return format === 'Native' && request.protocolVersion > 0
    ? revisionEncoder(request.protocolVersion)
    : undefined
}

async function runSelect(app: App, query: Query, running: Running): Ran {
  const codec = shaper(query)
  const source = codec
    ? reshaped(running, codec, (thrown) => reportOfThrown(thrown, app.engine.version))
    : running
  const { reply, request, line } = query
  line.gone.addEventListener('abort', source.stop, { once: true })
  if (line.gone.aborted) await source.stop()
  const head = await readHead(source, request.bufferBytes).catch(async (thrown) => {
    await source.stop()
    throw thrown
  })
  const rest = request.waitEndOfQuery && !head.ended ? await spool(source, app.spoolPath()) : source
  const whole = head.ended || rest !== source
  const report = whole ? await source.failure() : undefined
  const done = whole ? await running.done : undefined
  reply.summarise(running.stats(), app.now() - query.startedAt, request.progressHeaders)
  if (report) {
    await rest.stop()
    const response = done?.outcome.ok === false ? failure(app, query, done) : reply.failed(report)
    return { response: await response, done: running.done }
  }
  reply.describe(query.format)
  if (head.ended) return { response: await reply.whole(head.pieces), done: running.done }
  if (request.method === 'HEAD') {
    await rest.stop()
    return { response: await reply.whole([]), done: running.done }
  }
  return { response: reply.stream(rest, head.pieces, line), done: running.done }
}
