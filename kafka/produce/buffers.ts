/** Memory for requests, used again: a fresh half megabyte a send would be zeroed by the system and left to the collector each time. */

/** Buffers kept for later. */
const MAX_KEPT = 8
const MIN_BYTES = 64 * 1024
/** A larger one is let go: it was for something unusual. */
const MAX_KEPT_BYTES = 4 * 1024 ** 2

export class Buffers {
  private readonly free: Buffer[] = []

  /** A buffer of at least so many bytes, whose content is anything. */
  take(bytes: number): Buffer {
    const at = this.free.findIndex(({ byteLength }) => byteLength >= bytes)
    const [kept] = at < 0 ? [] : this.free.splice(at, 1)
    return kept ?? Buffer.allocUnsafeSlow(Math.max(MIN_BYTES, 2 ** Math.ceil(Math.log2(bytes))))
  }

  /** Gives a buffer back that nobody reads any more. */
  give(buffer: Buffer): void {
    if (this.free.length < MAX_KEPT && buffer.byteLength <= MAX_KEPT_BYTES) this.free.push(buffer)
  }
}
