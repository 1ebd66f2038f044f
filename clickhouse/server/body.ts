/**
 * The body of a request, read piece by piece as the reader asks. It promises: nothing is read ahead of need beyond one
 * piece; a sender silent for too long is given up; what was read and not used can be put back.
 */
import type { Codec } from './compression/codec.ts'
import { ServerException } from './exceptions.ts'

/** Seconds a sender may be silent, as the server's `http_receive_timeout`. */
const SILENCE_MS = 30_000

interface PieceReader {
  read(): Promise<{ value?: Uint8Array | undefined; done: boolean }>
  cancel(): Promise<void>
}

export class Body {
  readonly #reader: PieceReader | undefined
  readonly #decoders: readonly Codec[]
  readonly #silenceMs: number
  #ended = false
  #returned: Uint8Array[] = []

  constructor(
    stream: ReadableStream<Uint8Array> | null,
    decoders: readonly Codec[] = [],
    silenceMs = SILENCE_MS,
  ) {
    this.#decoders = decoders
    this.#reader = stream?.getReader()
    this.#silenceMs = silenceMs
  }

  /** The next piece; undefined at the end. @throws ServerException when the sender is silent or what it sent is damaged */
  async read(): Promise<Uint8Array | undefined> {
    for (;;) {
      const returned = this.#returned.shift()
      if (returned) return returned
      if (this.#ended || !this.#reader) return undefined
      const piece = await this.#receive()
      if (!piece) this.#ended = true
      if (this.#decoders.length === 0) return piece
      this.#returned.push(...(await decode(this.#decoders, piece)))
    }
  }

  async #receive(): Promise<Uint8Array | undefined> {
    let timer: ReturnType<typeof setTimeout> | undefined
    const silent = new Promise<never>((_, reject) => {
      const timeout = () =>
        reject(new ServerException(209, 'SOCKET_TIMEOUT', 'Timeout exceeded while reading from the client'))
      timer = setTimeout(timeout, this.#silenceMs)
    })
    try {
      const next = await Promise.race([this.#reader?.read(), silent])
      return next?.done ? undefined : next?.value
    } finally {
      clearTimeout(timer)
    }
  }

  /** Reads up to `bytes` (a little more, by pieces). `ended`: that was all. */
  async take(bytes: number): Promise<{ bytes: Buffer; ended: boolean }> {
    const pieces: Uint8Array[] = []
    let size = 0
    while (size < bytes) {
      const piece = await this.read()
      if (!piece) return { bytes: Buffer.concat(pieces), ended: true }
      pieces.push(piece)
      size += piece.byteLength
    }
    return { bytes: Buffer.concat(pieces), ended: false }
  }

  /** Puts back what was read. */
  unread(bytes: Uint8Array): void {
    if (bytes.byteLength > 0) this.#returned.unshift(bytes)
  }

  /** Gives the rest up. */
  async cancel(): Promise<void> {
    await this.#reader?.cancel().catch(() => undefined)
  }
}

/** What comes out of a chain of decoders for a piece; for the end (undefined), all that is left in them. */
async function decode(decoders: readonly Codec[], piece: Uint8Array | undefined): Promise<Uint8Array[]> {
  let pieces = piece ? [piece] : []
  for (const decoder of decoders) {
    const out: Uint8Array[] = []
    for (const one of pieces) out.push(...(await decoder.push(one)))
    if (!piece) out.push(...(await decoder.end()))
    pieces = out.filter((bytes) => bytes.byteLength > 0)
  }
  return pieces
}
