/**
 * A keep-alive HTTP connection that asks one thing at a time, over a bare socket: quick enough to load an edge from the same
 * machine, and honest about what was answered.
 *
 * - An answer is either whole or none: a connection that breaks in the middle of one throws `NoAnswer`.
 * - Nothing is sent twice by itself.
 */
import type { Socket } from 'bun'

export interface Answer {
  readonly status: number
  /** Status line and headers as they came. */
  readonly head: string
  readonly body: string
}

/** The connection ended, or time ran out, before the whole answer was there. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
}

const END_OF_HEAD = Buffer.from('\r\n\r\n')

export class Connection {
  private socket: Socket | undefined
  private received: Buffer = Buffer.alloc(0)
  private unsent: Uint8Array = new Uint8Array(0)
  private asked: PromiseWithResolvers<Answer> | undefined

  private constructor() {}

  /** @throws NoAnswer when nobody listens on the port of the loopback */
  static async open(port: number): Promise<Connection> {
    const connection = new Connection()
    try {
      connection.socket = await Bun.connect({
        hostname: '127.0.0.1',
        port,
        socket: {
          data: (_, chunk) => connection.take(chunk),
          drain: () => connection.send(),
          close: () => connection.fail('the connection was closed'),
          error: (_, error) => connection.fail(error.message),
        },
      })
    } catch (cause) {
      throw new NoAnswer('nobody listens', { cause })
    }
    return connection
  }

  /** Whether something can be asked: an edge closes connections that were idle for long. */
  get isIdle(): boolean {
    return this.socket !== undefined && this.asked === undefined
  }

  /** @throws NoAnswer; the connection is of no use then */
  async ask(request: Uint8Array | string, timeoutMs: number): Promise<Answer> {
    if (!this.isIdle) throw new NoAnswer('the connection is closed or in use')
    const asked = Promise.withResolvers<Answer>()
    this.asked = asked
    const timer = setTimeout(() => this.fail(`no answer within ${timeoutMs} ms`), timeoutMs)
    this.unsent = typeof request === 'string' ? Buffer.from(request) : request
    this.send()
    try {
      return await asked.promise
    } finally {
      clearTimeout(timer)
    }
  }

  close(): void {
    this.fail('closed by us')
  }

  private send(): void {
    if (this.unsent.length === 0) return
    const written = this.socket?.write(this.unsent) ?? 0
    if (written < 0) return
    this.unsent = this.unsent.subarray(written)
  }

  private take(chunk: Buffer): void {
    // The chunk's memory is the runtime's, valid for this call only.
    this.received = Buffer.concat([this.received, chunk])
    const headEnd = this.received.indexOf(END_OF_HEAD)
    if (headEnd < 0) return
    const head = this.received.toString('latin1', 0, headEnd)
    const bodyStart = headEnd + END_OF_HEAD.length
    const bodyEnd = bodyStart + Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
    if (this.received.length < bodyEnd) return
    const body = this.received.toString('utf8', bodyStart, bodyEnd)
    this.received = this.received.subarray(bodyEnd)
    const { asked } = this
    this.asked = undefined
    asked?.resolve({ status: Number(head.slice(9, 12)), head, body })
  }

  private fail(reason: string): void {
    const { socket, asked } = this
    this.socket = undefined
    this.asked = undefined
    socket?.terminate()
    asked?.reject(new NoAnswer(reason))
  }
}
