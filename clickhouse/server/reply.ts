/** Responses to queries: headers as the server's, bodies through the encodings the client asked for. */
import type { Codec } from './compression/codec.ts'
import { chooseEncoding } from './compression/http-encodings.ts'
import { blockEncoder } from './compression/native-blocks.ts'
import type { Report } from './exceptions.ts'
import { contentType } from './formats.ts'
import type { Stats } from './libchdb.ts'
import type { QueryRequest } from './request.ts'
import { encode, type Line, resultBody, type Source } from './result-stream.ts'

const EXPOSED =
  'X-ClickHouse-Query-Id,X-ClickHouse-Summary,X-ClickHouse-Server-Display-Name,X-ClickHouse-Format,X-ClickHouse-Timezone,X-ClickHouse-Exception-Code,X-ClickHouse-Exception-Tag'

/** The response to one query, in the making. */
export class Reply {
  readonly headers: Headers
  readonly #tag: string
  readonly #head: boolean
  /** The client's encodings: ours on the inside, HTTP's on the outside. */
  #encoders: Codec[] = []
  #encoding: string | undefined
  /** How many of them are ours. */
  #blocks = 0

  constructor(displayName: string, tag: string, method: string) {
    this.#tag = tag
    this.#head = method === 'HEAD'
    this.headers = new Headers({
      'Content-Type': 'text/plain; charset=UTF-8',
      'Access-Control-Expose-Headers': EXPOSED,
      'X-ClickHouse-Server-Display-Name': displayName,
      'X-ClickHouse-Exception-Tag': tag,
    })
  }

  /** Takes over what the request asks of its response. From here on even failures are encoded, as the server's are. */
  shape(request: QueryRequest, headers: Headers, timezone: string): void {
    this.headers.set('X-ClickHouse-Query-Id', request.queryId)
    const session = request.settings.find(([name]) => name === 'session_timezone')?.[1] ?? ''
    this.headers.set('X-ClickHouse-Timezone', /^[\w/+-]+$/.test(session) ? session : timezone)
    if (request.cors && headers.has('origin')) this.headers.set('Access-Control-Allow-Origin', '*')
    const encoding = request.httpCompression ? chooseEncoding(headers.get('accept-encoding')) : undefined
    this.#encoding = encoding?.name
    this.#blocks = request.compress ? 1 : 0
    this.#encoders = [...(request.compress ? [blockEncoder()] : []), ...(encoding ? [encoding.codec()] : [])]
  }

  /** Sends failures as they are: those before the result's encodings are known to the server. */
  plain(): void {
    this.#encoders = []
    this.#encoding = undefined
  }

  summarise(stats: Stats, elapsedMs: number, withProgress = false): void {
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
    const text = JSON.stringify(
      Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, String(count)])),
    )
    this.headers.set('X-ClickHouse-Summary', text)
    if (withProgress) this.headers.set('X-ClickHouse-Progress', text)
  }

  describe(format: string): void {
    this.headers.set('X-ClickHouse-Format', format)
    this.headers.set('Content-Type', contentType(format))
  }

  /** A complete result. */
  async whole(pieces: Uint8Array[], status = 200): Promise<Response> {
    const { headers } = this
    if (this.#head || pieces.every((piece) => piece.byteLength === 0))
      return new Response(null, { headers, status })
    const encoded: Uint8Array[] = []
    for (const piece of [...pieces, undefined]) encoded.push(...(await encode(this.#encoders, piece)))
    if (this.#encoding) headers.set('Content-Encoding', this.#encoding)
    return new Response(Buffer.concat(this.#encoders.length > 0 ? encoded : pieces), { headers, status })
  }

  /** A result that is still coming. */
  stream(source: Source, head: Uint8Array[], line: Line): Response {
    if (this.#encoding) this.headers.set('Content-Encoding', this.#encoding)
    return new Response(resultBody(source, head, this.#tag, this.#encoders, line), { headers: this.headers })
  }

  /** A failure before the first byte. */
  failed(report: Report): Promise<Response> {
    this.headers.set('X-ClickHouse-Exception-Code', String(report.code))
    this.headers.set('Content-Type', 'text/plain; charset=UTF-8')
    if (report.code === 194 || report.code === 516)
      this.headers.set('WWW-Authenticate', 'Basic realm="ClickHouse server HTTP API"')
    // The Java driver takes these to be never compressed, the others look.
    if (report.status === 401 || report.status === 403) this.#encoders = this.#encoders.slice(this.#blocks)
    return this.whole([Buffer.from(`${report.text}\n`)], report.status)
  }
}
