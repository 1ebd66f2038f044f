/**
 * The body of a request, gathered as it comes: of a known length, or in chunks (RFC 9112, 7.1).
 * Chunk extensions and trailers are read over; a chunk that is not framed exactly is refused.
 */
import { badRequest, HttpRefusal } from './refusal.ts'

const [LF, CR] = [10, 13]
/** The longest line between chunks: a size with its extensions, or a trailer. */
const MAX_LINE_BYTES = 1_024
const MAX_TRAILERS = 32

const tooLarge = () => new HttpRefusal(413, 'body_too_large', 'the body is larger than one request may be')

export interface Body {
  /**
   * Takes what belongs to the body from the beginning of the bytes.
   * @returns the bytes taken, or why the body is refused
   */
  take(bytes: Buffer): number | HttpRefusal
  readonly isComplete: boolean
  /** Bytes gathered so far. */
  readonly size: number
  /** The whole body, once complete. */
  content(): Uint8Array<ArrayBuffer>
}

class Gathered {
  private readonly parts: Buffer[] = []
  size = 0

  add(bytes: Buffer): void {
    if (bytes.length === 0) return
    this.parts.push(bytes)
    this.size += bytes.length
  }

  content(): Uint8Array<ArrayBuffer> {
    const [only] = this.parts
    return only && this.parts.length === 1 ? new Uint8Array(only) : Buffer.concat(this.parts)
  }
}

/** A body of so many bytes. */
export function lengthBody(length: number, maxBytes: number): Body | HttpRefusal {
  if (length > maxBytes) return tooLarge()
  const gathered = new Gathered()
  return {
    take(bytes) {
      const part = bytes.subarray(0, length - gathered.size)
      gathered.add(part)
      return part.length
    },
    get isComplete() {
      return gathered.size === length
    },
    get size() {
      return gathered.size
    },
    content: () => gathered.content(),
  }
}

/** A body in chunks, of at most so many bytes. */
export function chunkedBody(maxBytes: number): Body {
  return new ChunkedBody(maxBytes)
}

class ChunkedBody implements Body {
  private readonly gathered = new Gathered()
  private line = ''
  private state: 'size' | 'data' | 'after data' | 'trailers' | 'complete' = 'size'
  private left = 0
  private trailers = 0

  constructor(private readonly maxBytes: number) {}

  get isComplete(): boolean {
    return this.state === 'complete'
  }

  get size(): number {
    return this.gathered.size
  }

  content(): Uint8Array<ArrayBuffer> {
    return this.gathered.content()
  }

  take(bytes: Buffer): number | HttpRefusal {
    let at = 0
    while (at < bytes.length && this.state !== 'complete') {
      if (this.state === 'data') {
        const part = bytes.subarray(at, at + this.left)
        this.gathered.add(part)
        this.left -= part.length
        at += part.length
        if (this.left === 0) this.state = 'after data'
        continue
      }
      const end = bytes.indexOf(LF, at)
      this.line += bytes.toString('latin1', at, end < 0 ? bytes.length : end + 1)
      if (this.line.length > MAX_LINE_BYTES) return badRequest('a line between chunks is too long')
      if (end < 0) return bytes.length
      at = end + 1
      const refusal = this.endLine(this.line)
      if (refusal) return refusal
      this.line = ''
    }
    return at
  }

  /** @param line with its end */
  private endLine(line: string): HttpRefusal | undefined {
    if (line.length < 2 || line.charCodeAt(line.length - 2) !== CR)
      return badRequest('a chunk’s line does not end in CRLF')
    const text = line.slice(0, -2)
    if (this.state === 'after data') {
      if (text !== '') return badRequest('a chunk is longer than its size')
      this.state = 'size'
    } else if (this.state === 'size') {
      const size = /^([0-9A-Fa-f]{1,8})(?:[ \t]*;[\t -~]*)?$/.exec(text)?.[1]
      if (size === undefined) return badRequest('a chunk without a size')
      this.left = Number.parseInt(size, 16)
      if (this.size + this.left > this.maxBytes) return tooLarge()
      this.state = this.left === 0 ? 'trailers' : 'data'
    } else if (text === '') this.state = 'complete'
    else if (++this.trailers > MAX_TRAILERS || !/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:/.test(text))
      return badRequest('bad trailers')
    return undefined
  }
}
