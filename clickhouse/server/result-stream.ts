/**
 * The result of a SELECT on its way to the client. It promises: the first bytes (up to the buffer) are held back, so that
 * a failure before them has its status; after them an exception is written as the server writes it, and the connection is
 * broken, so that no client takes a torn result for a whole one; nothing is read from the engine faster than the client
 * takes it; and a client that goes away, or stops reading, stops the query.
 */
import type { Report } from './exceptions.ts'

/** Milliseconds a client may leave a result unread. */
const UNREAD_MS = 120_000
const MARKER = '__exception__'
const MAX_MESSAGE_BYTES = 16 * 1024 - 128

/** The block a server appends to a result that failed half-way. Source: `WriteBufferFromHTTPServerResponse.cpp`. */
export function exceptionBlock(report: Report, tag: string): Uint8Array {
  const message = Buffer.from(`${report.text}\n`).subarray(0, MAX_MESSAGE_BYTES)
  const head = Buffer.from(`\r\n${MARKER}\r\n${tag}\r\n`)
  return Buffer.concat([head, message, Buffer.from(`${message.byteLength} ${tag}\r\n${MARKER}\r\n`)])
}

/** Where a result comes from: the engine's pipe, or a decoder on top of it. */
export interface Source {
  /** The next piece; undefined at the end. */
  read(): Promise<Uint8Array | undefined>
  /** How it ended, once all was read: a report when it failed. */
  failure(): Promise<Report | undefined>
  /** Stops it at once, whether it ended or not. */
  stop(): Promise<void>
}

/** Reads the beginning: until `bytes` are there, or the end. */
export async function readHead(
  source: Source,
  bytes: number,
): Promise<{ pieces: Uint8Array[]; ended: boolean }> {
  const pieces: Uint8Array[] = []
  let size = 0
  while (size <= bytes) {
    const piece = await source.read()
    if (!piece) return { pieces, ended: true }
    pieces.push(piece)
    size += piece.byteLength
  }
  return { pieces, ended: false }
}

/** The body of a response: the beginning, then the rest as it is asked for. */
export function resultBody(source: Source, head: Uint8Array[], tag: string): ReadableStream<Uint8Array> {
  const pieces = [...head]
  let unread: ReturnType<typeof setTimeout> | undefined
  const watch = () => {
    clearTimeout(unread)
    unread = setTimeout(() => source.stop(), UNREAD_MS)
  }
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        clearTimeout(unread)
        const piece = pieces.shift() ?? (await source.read())
        if (piece) {
          controller.enqueue(piece)
          watch()
          return
        }
        const failure = await source.failure()
        if (!failure) return controller.close()
        controller.enqueue(exceptionBlock(failure, tag))
        // The server leaves the last chunk out, so that the transfer is seen to be broken; so do we.
        setTimeout(() => controller.error(new Error(failure.text)), 0)
      },
      async cancel() {
        clearTimeout(unread)
        await source.stop()
      },
    },
    { highWaterMark: 0 },
  )
}
