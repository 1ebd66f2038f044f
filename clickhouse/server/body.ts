/**
 * The body of a request, read piece by piece as the reader asks. It promises: nothing is read ahead of need beyond one
 * piece; a sender silent for too long is given up; what was read and not used can be put back.
 */
import { ServerException } from './exceptions.ts'

/** Seconds a sender may be silent, as the server's `http_receive_timeout`. */
const SILENCE_MS = 30_000

interface PieceReader {
  read(): Promise<{ value?: Uint8Array | undefined; done: boolean }>
  cancel(): Promise<void>
}

export class Body {
  readonly #reader: PieceReader | undefined
  readonly #silenceMs: number
  #returned: Uint8Array[] = []
  bytesRead = 0

  constructor(stream: ReadableStream<Uint8Array> | null, silenceMs = SILENCE_MS) {
    this.#reader = stream?.getReader()
    this.#silenceMs = silenceMs
  }

  /** The next piece; undefined at the end. @throws ServerException 209 when the sender is silent, or whatever the decoder says */
  async read(): Promise<Uint8Array | undefined> {
    const returned = this.#returned.shift()
    if (returned) return returned
    if (!this.#reader) return undefined
    let timer: ReturnType<typeof setTimeout> | undefined
    const silent = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () =>
          reject(
            new ServerException(209, 'SOCKET_TIMEOUT', 'Timeout exceeded while reading from the client'),
          ),
        this.#silenceMs,
      )
    })
    try {
      const { value, done } = await Promise.race([this.#reader.read(), silent])
      if (done || !value) return undefined
      this.bytesRead += value.byteLength
      return value
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
