/**
 * The C interface of libchdb, and the only door to it. It promises:
 * - every call here is synchronous and blocks its thread: only a lane (a worker) may make one;
 * - query text, parameters and data are byte strings with a length, so NUL bytes and invalid UTF-8 pass unharmed;
 * - every result handle is destroyed before its function returns, whatever happened.
 *
 * Why not the package's own addon: it runs queries on the runtime's I/O threads (as many as cores, so two long queries stop
 * the server), starts streams on the event loop, and passes SQL as UTF-8 strings. Source: chdb.h of chDB 26.7.
 */
import { dlopen, type Pointer, ptr, read, FFIType as T, toArrayBuffer } from 'bun:ffi'
import { dirname, join } from 'node:path'

const LIBRARIES: Readonly<Record<string, string>> = {
  'linux-x64': '@chdb/lib-linux-x64-gnu',
  'linux-arm64': '@chdb/lib-linux-arm64-gnu',
  'darwin-x64': '@chdb/lib-darwin-x64',
  'darwin-arm64': '@chdb/lib-darwin-arm64',
}

/** Path of libchdb for this machine. @throws when chDB has no build for it or it is not installed */
export function libraryPath(platform = process.platform, arch = process.arch): string {
  const name = LIBRARIES[`${platform}-${arch}`]
  if (!name) throw new Error(`chDB has no build for ${platform}-${arch}`)
  const chdb = Bun.resolveSync('chdb/package.json', import.meta.dir)
  return join(dirname(Bun.resolveSync(`${name}/package.json`, dirname(chdb))), 'libchdb.so')
}

const bytesIn = [T.ptr, T.u64] as const
const boundNames = [T.ptr, T.ptr, T.ptr, T.ptr, T.u64] as const

function open() {
  return dlopen(libraryPath(), {
    chdb_connect: { args: [T.i32, T.ptr], returns: T.ptr },
    chdb_close_conn: { args: [T.ptr], returns: T.void },
    chdb_set_signal_handlers_enabled: { args: [T.i32], returns: T.void },
    chdb_query_with_params_n: { args: [T.ptr, ...bytesIn, ...bytesIn, ...boundNames], returns: T.ptr },
    chdb_stream_insert_with_params_n: {
      args: [T.ptr, ...bytesIn, ...bytesIn, ...boundNames],
      returns: T.ptr,
    },
    chdb_stream_append: { args: [T.ptr, ...bytesIn], returns: T.i32 },
    chdb_stream_done: { args: [T.ptr], returns: T.ptr },
    chdb_stream_cancel_insert: { args: [T.ptr], returns: T.void },
    chdb_stream_insert_error: { args: [T.ptr], returns: T.ptr },
    chdb_destroy_insert_stream: { args: [T.ptr], returns: T.void },
    chdb_result_buffer: { args: [T.ptr], returns: T.ptr },
    chdb_result_length: { args: [T.ptr], returns: T.u64 },
    chdb_result_error: { args: [T.ptr], returns: T.ptr },
    chdb_result_rows_read: { args: [T.ptr], returns: T.u64 },
    chdb_result_bytes_read: { args: [T.ptr], returns: T.u64 },
    chdb_result_storage_rows_read: { args: [T.ptr], returns: T.u64 },
    chdb_result_storage_bytes_read: { args: [T.ptr], returns: T.u64 },
    chdb_result_rows_written: { args: [T.ptr], returns: T.u64 },
    chdb_result_bytes_written: { args: [T.ptr], returns: T.u64 },
    chdb_destroy_query_result: { args: [T.ptr], returns: T.void },
  }).symbols
}

let loaded: ReturnType<typeof open> | undefined
const lib = () => {
  loaded ??= open()
  return loaded
}

/** Loads the library; the calls below do it themselves, but a confined thread can't any more. */
export function load(): void {
  lib()
}

/** What one statement did: rows and bytes read from storage, produced for the client, and written. */
export interface Stats {
  readRows: number
  readBytes: number
  resultRows: number
  resultBytes: number
  writtenRows: number
  writtenBytes: number
}

/** Values of placeholders, in the escaped text format. */
export type Bound = readonly (readonly [name: string, value: string | Uint8Array])[]
export type Outcome =
  | { ok: true; bytes: Uint8Array<ArrayBuffer>; stats: Stats }
  | { ok: false; error: string }

/** A connection: the engine's session, with its own settings, database and temporary tables. */
export type Connection = number

/** What the library hands out. */
type Handle = bigint | Pointer
const at = (handle: Handle) => handle as Pointer

const utf8 = new TextEncoder()
// ptr() refuses an empty view, so an empty string is one unused byte with length 0.
const nonEmpty = (bytes: Uint8Array) => (bytes.byteLength > 0 ? bytes : new Uint8Array(1))

function cString(start: Handle): string {
  let end = 0
  while (read.u8(at(start), end) !== 0) end += 1
  return Buffer.from(toArrayBuffer(at(start), 0, end)).toString('utf8')
}

function pointers(views: readonly Uint8Array[]): BigUint64Array {
  return new BigUint64Array([...views.map((view) => BigInt(ptr(nonEmpty(view)))), 0n])
}

function lengths(views: readonly Uint8Array[]): BigUint64Array {
  return new BigUint64Array([...views.map((view) => BigInt(view.byteLength)), 0n])
}

/** Opens a connection (and the engine, the first time). @throws when the engine refuses; its log says why */
export function connect(args: readonly string[]): Connection {
  lib().chdb_set_signal_handlers_enabled(0)
  const argv = ['clickhouse', ...args].map((arg) => utf8.encode(`${arg}\0`))
  const table = pointers(argv)
  const handle = lib().chdb_connect(argv.length, ptr(table))
  if (!handle || argv.length === 0) throw new Error('the engine did not open')
  return Number(handle)
}

/** Closes a connection. Nothing may be running on it: the engine aborts the process otherwise. */
export function close(connection: Connection): void {
  lib().chdb_close_conn(connection as Pointer)
}

const inner = (connection: Connection) => read.ptr(connection as Pointer, 0) as Pointer

function take(handle: Handle | null): Outcome {
  if (!handle)
    return { ok: false, error: 'Code: 1001. DB::Exception: the engine gave no result. (STD_EXCEPTION)' }
  const library = lib()
  const result = at(handle)
  try {
    const error = library.chdb_result_error(result)
    if (error) return { ok: false, error: cString(error) }
    const length = Number(library.chdb_result_length(result))
    const buffer = library.chdb_result_buffer(result)
    const bytes = new Uint8Array(length)
    if (length > 0 && buffer) bytes.set(new Uint8Array(toArrayBuffer(at(buffer), 0, length)))
    const stats = {
      readRows: Number(library.chdb_result_storage_rows_read(result)),
      readBytes: Number(library.chdb_result_storage_bytes_read(result)),
      resultRows: Number(library.chdb_result_rows_read(result)),
      resultBytes: Number(library.chdb_result_bytes_read(result)),
      writtenRows: Number(library.chdb_result_rows_written(result)),
      writtenBytes: Number(library.chdb_result_bytes_written(result)),
    }
    return { ok: true, bytes, stats }
  } finally {
    library.chdb_destroy_query_result(result)
  }
}

/** Runs statements to their end. `params` fill `{name:Type}` placeholders on the engine's side. */
export function query(connection: Connection, sql: Uint8Array, format: string, params: Bound): Outcome {
  const text = nonEmpty(sql)
  const formatBytes = utf8.encode(format)
  const names = params.map(([name]) => utf8.encode(name))
  const values = params.map(([, value]) => (typeof value === 'string' ? utf8.encode(value) : value))
  const [np, nl, vp, vl] = [pointers(names), lengths(names), pointers(values), lengths(values)]
  return take(
    lib().chdb_query_with_params_n(
      inner(connection),
      ptr(text),
      sql.byteLength,
      ptr(nonEmpty(formatBytes)),
      formatBytes.byteLength,
      ptr(np),
      ptr(nl),
      ptr(vp),
      ptr(vl),
      params.length,
    ),
  )
}

/** An open streamed insert; one at a time a connection. */
export type InsertStream = Handle

/** Opens a streamed insert: `sql` is the INSERT without its FORMAT clause and data. */
export function insertOpen(
  connection: Connection,
  sql: Uint8Array,
  format: string,
  params: Bound,
): { ok: true; stream: InsertStream } | { ok: false; error: string } {
  const library = lib()
  const text = nonEmpty(sql)
  const formatBytes = utf8.encode(format)
  const names = params.map(([name]) => utf8.encode(name))
  const values = params.map(([, value]) => (typeof value === 'string' ? utf8.encode(value) : value))
  const [np, nl, vp, vl] = [pointers(names), lengths(names), pointers(values), lengths(values)]
  const stream = library.chdb_stream_insert_with_params_n(
    inner(connection),
    ptr(text),
    sql.byteLength,
    ptr(nonEmpty(formatBytes)),
    formatBytes.byteLength,
    ptr(np),
    ptr(nl),
    ptr(vp),
    ptr(vl),
    params.length,
  )
  if (!stream)
    return { ok: false, error: 'Code: 1001. DB::Exception: the engine gave no insert. (STD_EXCEPTION)' }
  const error = library.chdb_stream_insert_error(at(stream))
  if (!error) return { ok: true, stream }
  const message = cString(error)
  library.chdb_destroy_insert_stream(at(stream))
  return { ok: false, error: message }
}

/** Hands over a piece of the data; waits while the engine is behind. False: the insert failed, `insertDone` says how. */
export function insertAppend(stream: InsertStream, data: Uint8Array): boolean {
  return data.byteLength === 0 || lib().chdb_stream_append(at(stream), ptr(data), data.byteLength) === 0
}

/** Ends an insert and commits it. */
export function insertDone(stream: InsertStream): Outcome {
  const outcome = take(lib().chdb_stream_done(at(stream)))
  lib().chdb_destroy_insert_stream(at(stream))
  return outcome
}

/** Gives an insert up; blocks already written stay, as in a server. */
export function insertCancel(stream: InsertStream): void {
  lib().chdb_stream_cancel_insert(at(stream))
  lib().chdb_destroy_insert_stream(at(stream))
}
