/**
 * One connection: requests in, answers out, one at a time and in order.
 *
 * - While a request is being answered nothing further is read from the bytes that came after it; beyond `MAX_WAITING_BYTES` of
 *   them the socket is paused.
 * - Never judges time itself: it says since when it has been in its state, and the server ends those that take too long.
 */
import type { Socket } from 'bun'
import { type Body, chunkedBody, lengthBody } from './body.ts'
import { Head } from './head.ts'
import { badRequest, HttpRefusal } from './refusal.ts'

export interface ConnectionHost {
  /** A clock in milliseconds, exact to a second or so. */
  readonly now: number
  readonly maxBodyBytes: number
  /** Whether so many more bytes of bodies may be held. */
  mayHold(bytes: number): boolean
  /** Bytes of bodies held now: more, or fewer when negative. */
  hold(bytes: number): void
  /** A whole request; answered by `send`. @param body undefined when the request has none */
  onRequest(head: Head, body: Uint8Array<ArrayBuffer> | undefined, connection: Connection): void
  /** The answer to a request that was refused, with which the connection ends. */
  refusal(refusal: HttpRefusal): Uint8Array
}

/** Bytes that may wait behind a request that is being answered. */
const MAX_WAITING_BYTES = 65_536
/** Bytes that are still read and dropped after a refusal, so that the client gets to see it instead of a reset. */
const MAX_DROPPED_BYTES = 1_048_576

const CONTINUE = Buffer.from('HTTP/1.1 100 Continue\r\n\r\n')
/** Read synchronously, and not needed once a request is dispatched: one serves all connections. */
const head = new Head()

export class Connection {
  /**
   * `idle`: between requests. `reading`: in the middle of one. `answering`: it is whole. `sending`: the socket does not take
   * all of the answer yet. `ending`: the last answer is leaving.
   */
  state: 'idle' | 'reading' | 'answering' | 'sending' | 'ending' | 'closed' = 'idle'
  /** Since when it has been in its state, by the server's clock. */
  since: number
  private closesAfter = false
  private waiting: Buffer | undefined
  private body: Body | undefined
  private headOfBody: Buffer | undefined
  private unsent: Buffer | undefined
  private held = 0
  private dropped = 0

  constructor(
    private readonly socket: Socket<Connection>,
    /** The peer's address. */
    readonly address: string,
    private readonly host: ConnectionHost,
  ) {
    this.since = host.now
  }

  /** Whether the answer to the present request is the connection's last. */
  get endsAfterAnswer(): boolean {
    return this.closesAfter
  }

  receive(chunk: Buffer): void {
    const bytes = this.waiting ? Buffer.concat([this.waiting, chunk]) : chunk
    this.waiting = undefined
    if (this.state === 'ending') this.drop(chunk)
    else if (this.state === 'answering' || this.state === 'sending') this.wait(bytes)
    else this.read(bytes)
  }

  /** Sends the whole answer to the present request, then goes on with what waits. The bytes are the caller's again. */
  send(answer: Uint8Array): void {
    if (this.state === 'closed') return
    this.release()
    this.write(answer)
    if (this.unsent) this.become('sending')
    else this.next()
  }

  /** Refuses whatever the client is about and ends the connection. */
  refuse(refusal: HttpRefusal): void {
    this.closesAfter = true
    this.send(this.host.refusal(refusal))
  }

  /** Ends the connection now if it is idle, else after its answer. */
  retire(): void {
    if (this.state === 'idle') this.end()
    else this.closesAfter = true
  }

  /** Sends what the socket would not take before. */
  drain(): void {
    const { unsent } = this
    if (!unsent) return
    this.unsent = undefined
    this.write(unsent)
    if (!this.unsent && this.state === 'sending') this.next()
  }

  /** The client will send no more. */
  endOfInput(): void {
    if (this.state === 'reading') this.cut()
    else this.retire()
  }

  /** The connection is gone. */
  close(): void {
    this.release()
    this.state = 'closed'
    this.waiting = undefined
    this.body = undefined
    this.unsent = undefined
  }

  /** Cuts the connection without a word. */
  cut(): void {
    this.close()
    this.socket.terminate()
  }

  /** The request's body is no longer needed: it counts no more among those that are held. */
  release(): void {
    if (this.held > 0) this.host.hold(-this.held)
    this.held = 0
  }

  /** The answer has left: the end, or the next request. */
  private next(): void {
    if (this.closesAfter) {
      this.end()
      return
    }
    this.become('idle')
    const { waiting } = this
    if (!waiting) return
    this.waiting = undefined
    this.socket.resume()
    this.read(waiting)
  }

  private read(given: Buffer): void {
    let bytes = given
    while (bytes.length > 0 && (this.state === 'idle' || this.state === 'reading')) {
      if (this.state === 'idle') this.become('reading')
      const taken = this.body ? this.readBody(this.body, bytes) : this.readHead(bytes)
      if (taken instanceof HttpRefusal) {
        this.refuse(taken)
        return
      }
      // Nearly always a read is one request, and making an empty rest of it would cost as much as reading the head.
      if (taken === bytes.length) return
      if (taken === 0) break
      bytes = bytes.subarray(taken)
    }
    this.wait(bytes)
  }

  /** @returns the bytes taken, 0 when the head goes on after them */
  private readHead(bytes: Buffer): number | HttpRefusal {
    const taken = head.read(bytes)
    if (taken === 0 || taken instanceof HttpRefusal) return taken
    if (!head.keepsAlive) this.closesAfter = true
    if (!head.isChunked && !head.contentLength) {
      this.dispatch(head, undefined)
      return taken
    }
    const { maxBodyBytes } = this.host
    const body = head.isChunked
      ? chunkedBody(maxBodyBytes)
      : lengthBody(head.contentLength ?? 0, maxBodyBytes)
    if (body instanceof HttpRefusal) return body
    if (head.expectsContinue) this.write(CONTINUE)
    // The head is needed again when the body is there, and the shared one is other connections' until then.
    this.headOfBody = Buffer.from(bytes.subarray(0, taken))
    this.body = body
    return taken
  }

  private readBody(body: Body, bytes: Buffer): number | HttpRefusal {
    if (!this.host.mayHold(bytes.length))
      return new HttpRefusal(503, 'busy', 'too many bodies are being received')
    const taken = body.take(bytes)
    if (taken instanceof HttpRefusal) return taken
    this.host.hold(body.size - this.held)
    this.held = body.size
    if (!body.isComplete) return taken
    const { headOfBody } = this
    this.body = undefined
    this.headOfBody = undefined
    if (!headOfBody || typeof head.read(headOfBody) !== 'number') return badRequest('a body without a head')
    this.dispatch(head, body.content())
    return taken
  }

  private dispatch(request: Head, body: Uint8Array<ArrayBuffer> | undefined): void {
    this.become('answering')
    this.host.onRequest(request, body, this)
  }

  /** Keeps bytes for later; they are copied, because the socket's memory may be larger than they are. */
  private wait(bytes: Buffer): void {
    if (bytes.length === 0) return
    this.waiting = Buffer.from(bytes)
    if (this.state !== 'reading' && bytes.length > MAX_WAITING_BYTES) this.socket.pause()
  }

  private drop(chunk: Buffer): void {
    this.dropped += chunk.length
    if (this.dropped > MAX_DROPPED_BYTES) this.cut()
  }

  private write(bytes: Uint8Array): void {
    if (this.unsent) {
      this.unsent = Buffer.concat([this.unsent, bytes])
      return
    }
    const written = Math.max(0, this.socket.write(bytes))
    if (written < bytes.length) this.unsent = Buffer.from(bytes.subarray(written))
  }

  private end(): void {
    this.become('ending')
    this.waiting = undefined
    this.socket.end()
  }

  private become(state: Exclude<Connection['state'], 'closed'>): void {
    this.state = state
    this.since = this.host.now
  }
}
