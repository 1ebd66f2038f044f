/**
 * A query request, read from the URL and headers the way ClickHouse's `HTTPHandler::processQuery` reads them: which
 * parameters are the interface's own, which fill placeholders, and which are settings. Pure: the body is not touched.
 */
import { ServerException } from './exceptions.ts'

export interface QueryRequest {
  method: string
  /** The part of the query in the URL. */
  query: string
  database: string
  defaultFormat: string
  queryId: string
  roles: string[]
  /** A personal login's: it runs under its own role and settings, whichever way it came. */
  scoped?: boolean
  /** Set: the request runs in this named session. */
  session?: { id: string; timeoutSeconds: number; mustExist: boolean; close: boolean } | undefined
  /** `param_x=…` by name; the first of several counts. */
  params: [name: string, value: string][]
  settings: [name: string, value: string][]
  /** The native block compression of the result and of the body. */
  compress: boolean
  decompress: boolean
  httpCompression: boolean
  /** Bytes of the result held back before the headers are sent. */
  bufferBytes: number
  waitEndOfQuery: boolean
  /** The protocol the client speaks, for the Native format; 0: the oldest. */
  protocolVersion: number
  progressHeaders: boolean
  cors: boolean
}

const OWN = new Set([
  'query',
  'compress',
  'decompress',
  'user',
  'password',
  'quota_key',
  'query_id',
  'stacktrace',
  'role',
  'buffer_size',
  'wait_end_of_query',
  'session_id',
  'session_timeout',
  'session_check',
  'client_protocol_version',
  'close_session',
  'database',
  'default_format',
])

const DEFAULT_BUFFER_BYTES = 1 << 20
const MAX_BUFFER_BYTES = 64 << 20
const DEFAULT_SESSION_SECONDS = 60
const MAX_SESSION_SECONDS = 3600

function flag(name: string, text: string | undefined, otherwise = false): boolean {
  if (text === undefined) return otherwise
  if (/^(1|true)$/i.test(text)) return true
  if (/^(0|false|)$/i.test(text)) return false
  throw new ServerException(
    467,
    'CANNOT_PARSE_BOOL',
    `Cannot parse boolean value here: '${text}', should be 'true' or 'false' (parameter ${name})`,
  )
}

function whole(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new ServerException(
    72,
    'CANNOT_PARSE_NUMBER',
    `Cannot parse ${name}: '${text}' is not an unsigned integer`,
  )
}

function sessionOf(last: (name: string) => string | undefined): QueryRequest['session'] {
  const id = last('session_id')
  if (id === undefined) return undefined
  if (!id)
    throw new ServerException(
      744,
      'SESSION_ID_EMPTY',
      'Session id query parameter was provided, but it was empty',
    )
  const timeout = last('session_timeout')
  const timeoutSeconds = timeout === undefined ? DEFAULT_SESSION_SECONDS : Number(timeout)
  if (timeout !== undefined && !/^\d{1,9}$/.test(timeout))
    throw new ServerException(374, 'INVALID_SESSION_TIMEOUT', `Invalid session timeout: '${timeout}'`)
  if (timeoutSeconds > MAX_SESSION_SECONDS)
    throw new ServerException(
      374,
      'INVALID_SESSION_TIMEOUT',
      `Session timeout '${timeoutSeconds}' is larger than max_session_timeout: ${MAX_SESSION_SECONDS}. Maximum session timeout could be modified in configuration file.`,
    )
  return {
    id,
    timeoutSeconds,
    mustExist: last('session_check') === '1',
    close: flag('close_session', last('close_session')),
  }
}

/** Reads a request. `newId` makes a query id when the client gave none. @throws ServerException for a bad parameter */
export function readRequest(method: string, url: URL, headers: Headers, newId: () => string): QueryRequest {
  const all = [...url.searchParams]
  const last = (name: string) => url.searchParams.getAll(name).at(-1)
  const params = new Map<string, string>()
  const settings = new Map<string, string>()
  for (const [name, value] of all) {
    if (!name || OWN.has(name)) continue
    if (name.startsWith('param_')) {
      if (!params.has(name.slice(6))) params.set(name.slice(6), value)
    } else settings.set(name, value)
  }
  // Control characters would break the response header that repeats it.
  const queryId = (last('query_id') ?? headers.get('x-clickhouse-query-id') ?? '').replace(/\p{Cc}/gu, '')
  const setting = (name: string) => settings.get(name)
  const buffer = setting('http_response_buffer_size') ?? last('buffer_size')
  return {
    method,
    query: url.searchParams.get('query') ?? '',
    database: headers.get('x-clickhouse-database') ?? last('database') ?? '',
    defaultFormat: headers.get('x-clickhouse-format') ?? last('default_format') ?? '',
    queryId: queryId || newId(),
    roles: url.searchParams.getAll('role'),
    session: sessionOf(last),
    params: [...params],
    settings: [...settings],
    compress: flag('compress', last('compress')),
    decompress: flag('decompress', last('decompress')),
    httpCompression: flag('enable_http_compression', setting('enable_http_compression')),
    bufferBytes: Math.min(Math.max(whole('buffer_size', buffer, 0), DEFAULT_BUFFER_BYTES), MAX_BUFFER_BYTES),
    waitEndOfQuery: flag('wait_end_of_query', setting('http_wait_end_of_query') ?? last('wait_end_of_query')),
    protocolVersion: whole('client_protocol_version', last('client_protocol_version'), 0),
    progressHeaders: flag('send_progress_in_http_headers', setting('send_progress_in_http_headers')),
    cors: flag('add_http_cors_header', setting('add_http_cors_header')),
  }
}
