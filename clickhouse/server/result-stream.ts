/**
 * The result of a SELECT on its way to the client. It promises: the first bytes (up to the buffer) are held back, so that
 * a failure before them has its status; after them an exception is written as the server writes it, and the connection is
 * broken, so that no client takes a torn result for a whole one; nothing is read from the engine faster than the client
 * takes it; and a client that goes away, or stops reading, stops the query.
 */
import type { Codec } from './compression/codec.ts'
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

/** A source whose bytes go through a codec; what the codec refuses ends it, as a failure of the result. */
export function reshaped(source: Source, codec: Codec, reportOf: (thrown: unknown) => Report): Source {
  const ready: Uint8Array[] = []
  let refused: Report | undefined
  return {
    read: async () => {
      while (ready.length === 0) {
        const piece = refused ? undefined : await source.read()
        if (!piece) return undefined
        try {
          ready.push(...(await codec.push(piece)))
        } catch (thrown) {
          refused = reportOf(thrown)
          await source.stop()
        }
      }
      return ready.shift()
    },
    failure: async () => refused ?? source.failure(),
    stop: source.stop,
  }
}

/** Puts a piece, or the end, through a chain of encoders. */
export async function encode(
  encoders: readonly Codec[],
  piece: Uint8Array | undefined,
): Promise<Uint8Array[]> {
  let pieces = piece ? [piece] : []
  for (const encoder of encoders) {
    const out: Uint8Array[] = []
    for (const one of pieces) out.push(...(await encoder.push(one)))
    if (!piece) out.push(...(await encoder.end()))
    pieces = out
  }
  return pieces
}

/** The connection a response goes out on. */
export interface Line {
  /** Fires when the client has gone away. */
  gone: AbortSignal
  /** Closes it soon, without an end of the transfer, and without throwing away what is on its way. */
  hangUp(): void
}

/** The body of a response: the beginning, then the rest as it is asked for. */
export function resultBody(
  source: Source,
  head: Uint8Array[],
  tag: string,
  encoders: readonly Codec[],
  line: Line,
): ReadableStream<Uint8Array> {
  let unread: ReturnType<typeof setTimeout> | undefined
  const closed = Promise.withResolvers<void>()
  const stop = () => {
    clearTimeout(unread)
    closed.resolve()
    return source.stop()
  }
  line.gone.addEventListener('abort', stop, { once: true })
  if (line.gone.aborted) stop()
  const pieces = encodedPieces(source, head, tag, encoders)
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        clearTimeout(unread)
        const { value, done } = await pieces.next()
        if (!done) {
          unread = setTimeout(stop, UNREAD_MS)
          return controller.enqueue(value)
        }
        if (!value) return controller.close()
        // The server leaves the last chunk out, so that the transfer is seen to be broken; so do we. An error here would
        // reset the connection, and with it what the client has not read yet: the reason.
        line.hangUp()
        await closed.promise
      },
      cancel: stop,
    },
    { highWaterMark: 0 },
  )
}

/** The pieces of a body; returns how the result failed, if it did. */
async function* encodedPieces(
  source: Source,
  head: Uint8Array[],
  tag: string,
  encoders: readonly Codec[],
): AsyncGenerator<Uint8Array, Report | undefined> {
  try {
    for (const piece of head) yield* await encode(encoders, piece)
    for (let piece = await source.read(); piece; piece = await source.read())
      yield* await encode(encoders, piece)
    const failure = await source.failure()
    if (failure) yield* await encode(encoders, exceptionBlock(failure, tag))
    yield* await encode(encoders, undefined)
    return failure
  } finally {
    await source.stop()
  }
}
