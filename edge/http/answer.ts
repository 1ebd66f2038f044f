/** Answers as bytes (RFC 9112, 4). */
import { STATUS_CODES } from 'node:http'

/** The start of an answer: its status line, the date and, on the last answer of a connection, that it is. */
function opening(status: number, closes: boolean): string {
  const connection = closes ? 'connection: close\r\n' : ''
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\ndate: ${httpDate()}\r\n${connection}`
}

let dated = { second: 0, text: '' }

/** Now, as HTTP has it (RFC 9110, 5.6.7); made once a second. */
function httpDate(): string {
  const second = Math.floor(Date.now() / 1000)
  if (second !== dated.second) dated = { second, text: new Date(second * 1000).toUTCString() }
  return dated.text
}

/** A response as bytes. @param isHead whether it answers HEAD, which has no body. @param closes whether the connection ends with it */
export async function answerOf(response: Response, isHead: boolean, closes: boolean): Promise<Uint8Array> {
  const { status, headers } = response
  const hasBody = status !== 204 && status !== 304
  const body = new Uint8Array(await response.arrayBuffer())
  let head = opening(status, closes)
  for (const [name, value] of headers)
    if (name !== 'content-length' && name !== 'connection' && name !== 'transfer-encoding')
      head += `${name}: ${value}\r\n`
  if (hasBody) head += `content-length: ${isHead ? (headers.get('content-length') ?? 0) : body.length}\r\n`
  return Buffer.concat([Buffer.from(`${head}\r\n`, 'latin1'), isHead || !hasBody ? new Uint8Array() : body])
}

/** Headers as lines that end in CRLF. */
export function headerLines(headers: Readonly<Record<string, string>>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')
}

/** An answer whose body is text, made at once. @param headers lines that end in CRLF; the body's length is added */
export function textAnswer(status: number, headers: string, body: string, closes: boolean): Uint8Array {
  const length = `content-length: ${Buffer.byteLength(body)}\r\n`
  return Buffer.from(`${opening(status, closes)}${headers}${length}\r\n${body}`)
}

/**
 * One answer given over and over, but for a part of fixed length: made once a second, because of its date.
 * The bytes it gives are valid until the next are asked for.
 */
export class RepeatedAnswer {
  private readonly made = [
    { date: '', bytes: Buffer.alloc(0), partAt: 0 },
    { date: '', bytes: Buffer.alloc(0), partAt: 0 },
  ] as const

  /**
   * @param headers lines that end in CRLF
   * @param partHeader the header whose value is the part
   * @param partBytes the length of the part, ASCII
   */
  constructor(
    private readonly headers: string,
    private readonly partHeader: string,
    private readonly partBytes: number,
    private readonly body: Uint8Array,
  ) {}

  with(part: string, closes: boolean): Uint8Array {
    const answer = this.made[closes ? 1 : 0]
    if (answer.date !== httpDate()) this.make(answer, closes)
    answer.bytes.write(part, answer.partAt, 'latin1')
    return answer.bytes
  }

  private make(answer: { date: string; bytes: Buffer; partAt: number }, closes: boolean): void {
    const before = `${opening(200, closes)}${this.headers}${this.partHeader}: `
    const after = `\r\ncontent-length: ${this.body.length}\r\n\r\n`
    answer.date = httpDate()
    answer.partAt = before.length
    answer.bytes = Buffer.concat([
      Buffer.from(before + ' '.repeat(this.partBytes) + after, 'latin1'),
      this.body,
    ])
  }
}
