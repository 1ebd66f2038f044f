/**
 * The head of an HTTP/1.1 request (RFC 9112), read strictly in one pass over its bytes.
 *
 * - What two servers could read differently is refused, never guessed at: a bare CR or LF, a folded line, a space before a
 *   colon, two lengths, a length beside a transfer coding, a missing or second Host.
 * - Nothing is made of a header until somebody asks for it: most pixels are asked for three of theirs.
 */
import { badRequest, HttpRefusal } from './refusal.ts'

export const MAX_HEAD_BYTES = 16_384
export const MAX_TARGET_BYTES = 8_192
const MAX_HEADERS = 64
const MAX_METHOD_BYTES = 16

const [TAB, LF, CR, SPACE, COLON] = [9, 10, 13, 32, 58]
const TOKEN = 1
const VALUE = 2
const TARGET = 4

/** What each byte may be part of (RFC 9110: token, field-value; a target of visible characters and any beyond ASCII). */
const KIND = Uint8Array.from({ length: 256 }, (_, byte) => {
  const text = String.fromCharCode(byte)
  const isToken = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]$/.test(text)
  const isVisible = byte > SPACE && byte !== 127
  return (
    (isToken ? TOKEN : 0) |
    (isVisible || byte === SPACE || byte === TAB ? VALUE : 0) |
    (isVisible ? TARGET : 0)
  )
})
const LOWER = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 65 && byte <= 90 ? byte + 32 : byte))

const GET = Buffer.from('GET ')
const HTTP_1 = Buffer.from('HTTP/1.')
const [ZERO, ONE] = [48, 49]

const INCOMPLETE = 0

/** A head that was read; used for one after the other, so take what you need before the next is read. */
export class Head {
  private bytes: Buffer = Buffer.alloc(0)
  private targetStart = 0
  private targetEnd = 0
  private count = 0
  /** Of each header: where its name begins and ends, where its value does. */
  private readonly at = new Int32Array(MAX_HEADERS * 4)

  method = ''
  /** Whether the target has bytes beyond ASCII. */
  isTargetPlain = true
  /** Bytes of the body; undefined without Content-Length. */
  contentLength: number | undefined
  isChunked = false
  keepsAlive = true
  expectsContinue = false

  /** Path and query, or an absolute address, as it was sent; bytes beyond ASCII are read as UTF-8. */
  get target(): string {
    return this.bytes.toString(this.isTargetPlain ? 'latin1' : 'utf8', this.targetStart, this.targetEnd)
  }

  /** A header's value by its name in lower case; several are joined as Fetch's Headers do, none is null. */
  get(name: string): string | null {
    let found: string | null = null
    for (let header = 0; header < this.count; header++) {
      if (!this.isNamed(header, name)) continue
      const value = this.valueOf(header)
      found = found === null ? value : `${found}, ${value}`
    }
    return found
  }

  /** Every header in order. */
  *entries(): Generator<[name: string, value: string]> {
    for (let header = 0; header < this.count; header++)
      yield [
        this.bytes.toString('latin1', this.at[header * 4], this.at[header * 4 + 1]),
        this.valueOf(header),
      ]
  }

  /**
   * Reads a head at the beginning of the bytes.
   * @returns the bytes it takes, 0 when it goes on after them, or why it is refused
   */
  read(bytes: Buffer): number | HttpRefusal {
    this.bytes = bytes
    this.count = 0
    const line = this.readRequestLine(bytes)
    if (typeof line !== 'number' || line === INCOMPLETE) return this.unlessTooLarge(bytes, line)
    return this.unlessTooLarge(bytes, this.readHeaders(bytes, line))
  }

  private unlessTooLarge(bytes: Buffer, result: number | HttpRefusal): number | HttpRefusal {
    const size = result === INCOMPLETE ? bytes.length : result
    return typeof size === 'number' && size > MAX_HEAD_BYTES
      ? new HttpRefusal(431, 'headers_too_large', 'the head is too large')
      : result
  }

  private readRequestLine(bytes: Buffer): number | HttpRefusal {
    // One empty line before a request is forgiven (RFC 9112, 2.2).
    if (bytes.length === 1 && bytes[0] === CR) return INCOMPLETE
    let at = bytes[0] === CR && bytes[1] === LF ? 2 : 0
    const methodStart = at
    while (((KIND[bytes[at] ?? 0] ?? 0) & TOKEN) !== 0) at++
    if (at - methodStart > MAX_METHOD_BYTES) return badRequest('the method is too long')
    if (at >= bytes.length) return INCOMPLETE
    if (at === methodStart || bytes[at] !== SPACE) return badRequest('no method')
    this.method = startsWith(bytes, methodStart, GET) ? 'GET' : bytes.toString('latin1', methodStart, at)
    at += 1
    this.targetStart = at
    this.isTargetPlain = true
    for (; ((KIND[bytes[at] ?? 0] ?? 0) & TARGET) !== 0; at++)
      if ((bytes[at] ?? 0) > 127) this.isTargetPlain = false
    this.targetEnd = at
    if (at - this.targetStart > MAX_TARGET_BYTES)
      return new HttpRefusal(414, 'uri_too_long', 'the address is too long')
    if (at >= bytes.length) return INCOMPLETE
    if (at === this.targetStart || bytes[at] !== SPACE)
      return badRequest('no address, or a character it cannot have')
    return this.readVersion(bytes, at + 1)
  }

  private readVersion(bytes: Buffer, at: number): number | HttpRefusal {
    if (bytes.length < at + 10) return INCOMPLETE
    const minor = bytes[at + 7]
    if (!startsWith(bytes, at, HTTP_1) || (minor !== ONE && minor !== ZERO)) {
      const version = bytes.toString('latin1', at, at + 8)
      return /^HTTP\/\d\.\d$/.test(version)
        ? new HttpRefusal(400, 'unsupported_version', `${version} is not spoken here`)
        : badRequest('no version')
    }
    if (bytes[at + 8] !== CR || bytes[at + 9] !== LF)
      return badRequest('the request line does not end in CRLF')
    this.keepsAlive = minor === ONE
    return at + 10
  }

  private readHeaders(bytes: Buffer, start: number): number | HttpRefusal {
    let at = start
    while (bytes[at] !== CR) {
      const header = this.count
      if (header === MAX_HEADERS) return new HttpRefusal(431, 'headers_too_large', 'too many headers')
      const nameStart = at
      while (((KIND[bytes[at] ?? 0] ?? 0) & TOKEN) !== 0) at++
      const nameEnd = at
      if (at >= bytes.length) return INCOMPLETE
      if (nameEnd === nameStart || bytes[at] !== COLON)
        return badRequest('a header without a name or a colon after it')
      at += 1
      while (bytes[at] === SPACE || bytes[at] === TAB) at++
      const valueStart = at
      while (((KIND[bytes[at] ?? 0] ?? 0) & VALUE) !== 0) at++
      if (at + 1 >= bytes.length) return INCOMPLETE
      if (bytes[at] !== CR || bytes[at + 1] !== LF)
        return badRequest('a header with a character it cannot have')
      let valueEnd = at
      while (valueEnd > valueStart && (bytes[valueEnd - 1] === SPACE || bytes[valueEnd - 1] === TAB))
        valueEnd--
      this.at[header * 4] = nameStart
      this.at[header * 4 + 1] = nameEnd
      this.at[header * 4 + 2] = valueStart
      this.at[header * 4 + 3] = valueEnd
      this.count = header + 1
      at += 2
    }
    if (at + 1 >= bytes.length) return INCOMPLETE
    if (bytes[at + 1] !== LF) return badRequest('the head does not end in CRLF')
    return this.readFraming() ?? at + 2
  }

  /** What the headers say about the connection and the body (RFC 9112, 6 and 9.3). */
  private readFraming(): HttpRefusal | undefined {
    const isHttp11 = this.keepsAlive
    this.contentLength = undefined
    this.isChunked = false
    this.expectsContinue = false
    let hosts = 0
    for (let header = 0; header < this.count; header++) {
      if (this.isNamed(header, 'host')) hosts += 1
      else if (this.isNamed(header, 'content-length')) {
        const text = this.valueOf(header)
        if (this.contentLength !== undefined || !/^\d{1,15}$/.test(text))
          return badRequest('a bad Content-Length')
        this.contentLength = Number(text)
      } else if (this.isNamed(header, 'transfer-encoding')) {
        if (this.isChunked || !isHttp11) return badRequest('a bad Transfer-Encoding')
        if (this.valueOf(header).toLowerCase() !== 'chunked')
          return new HttpRefusal(400, 'unsupported_encoding', 'only chunked is understood')
        this.isChunked = true
      } else if (this.isNamed(header, 'connection')) {
        if (/(^|,)\s*close\s*(,|$)/i.test(this.valueOf(header))) this.keepsAlive = false
      } else if (this.isNamed(header, 'expect')) {
        if (this.valueOf(header).toLowerCase() !== '100-continue')
          return new HttpRefusal(417, 'unsupported_expectation', 'only 100-continue is understood')
        this.expectsContinue = true
      }
    }
    if (this.isChunked && this.contentLength !== undefined)
      return badRequest('a length beside a transfer coding')
    if (hosts > 1 || (isHttp11 && hosts === 0)) return badRequest('one Host is needed')
    return undefined
  }

  private isNamed(header: number, name: string): boolean {
    const start = this.at[header * 4] ?? 0
    if ((this.at[header * 4 + 1] ?? 0) - start !== name.length) return false
    for (let index = 0; index < name.length; index++)
      if (LOWER[this.bytes[start + index] ?? 0] !== name.charCodeAt(index)) return false
    return true
  }

  private valueOf(header: number): string {
    return this.bytes.toString('latin1', this.at[header * 4 + 2], this.at[header * 4 + 3])
  }
}

function startsWith(bytes: Buffer, at: number, text: Buffer): boolean {
  for (let index = 0; index < text.length; index++) if (bytes[at + index] !== text[index]) return false
  return true
}
