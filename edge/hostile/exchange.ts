/** Bytes to an edge and whatever comes back, over a connection of their own: for requests no HTTP client would send. */
import { connect } from 'node:net'

export interface Exchange {
  /** Absent when no answer came. */
  readonly status: number | undefined
  readonly head: string
  readonly body: string
  /** The edge closed the connection, or it broke, before a whole answer was there. */
  readonly wasClosed: boolean
}

export interface ExchangeOptions {
  /** How long to wait for the answer before the connection is dropped; ms. */
  readonly timeoutMs?: number
  /** The address of the loopback to send from. */
  readonly localAddress?: string
  /** The answer to a HEAD has the length of a body, but no body. */
  readonly isHead?: boolean
}

const END_OF_HEAD = '\r\n\r\n'

/** Sends the bytes and resolves with the first whole answer, or what there was when the connection or the time ended. */
export function exchange(port: number, bytes: Uint8Array, options: ExchangeOptions = {}): Promise<Exchange> {
  const { timeoutMs = 5_000, localAddress, isHead = false } = options
  const { promise, resolve } = Promise.withResolvers<Exchange>()
  const socket = connect({ host: '127.0.0.1', port, ...(localAddress ? { localAddress } : {}) })
  let received = ''
  const end = (wasClosed: boolean) => {
    clearTimeout(timer)
    socket.destroy()
    resolve(answerOf(received, wasClosed))
  }
  const timer = setTimeout(() => end(false), timeoutMs)
  socket.on('connect', () => socket.write(bytes))
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1')
    if (isWhole(received, isHead)) end(false)
  })
  socket.on('error', () => end(true))
  socket.on('close', () => end(true))
  return promise
}

function isWhole(received: string, isHead: boolean): boolean {
  const headEnd = received.indexOf(END_OF_HEAD)
  if (headEnd < 0) return false
  const length = /\r\ncontent-length: *(\d+)/i.exec(received.slice(0, headEnd))?.[1]
  return isHead || length === undefined || received.length >= headEnd + END_OF_HEAD.length + Number(length)
}

function answerOf(received: string, wasClosed: boolean): Exchange {
  const headEnd = received.indexOf(END_OF_HEAD)
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(received)?.[1])
  return {
    status: Number.isNaN(status) ? undefined : status,
    head: received.slice(0, Math.max(0, headEnd)),
    body: headEnd < 0 ? '' : Buffer.from(received.slice(headEnd + END_OF_HEAD.length), 'latin1').toString(),
    wasClosed,
  }
}
