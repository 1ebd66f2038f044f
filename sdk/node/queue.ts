/** What waits for the edge's verdict: bounded by events and bytes, in order. */
import type { SentEvent } from './event.ts'

export interface Queued {
  readonly event: SentEvent
  /** The event as JSON, made when it was told, so that what the caller changes later changes nothing. */
  readonly line: string
  readonly bytes: number
}

/** Half of what the edge takes at once. */
const BATCH_MAX_BYTES = 524_288

export class Queue {
  #waiting: Queued[] = []
  #bytes = 0

  constructor(
    readonly maxEvents: number,
    readonly maxBytes: number,
  ) {}

  get length(): number {
    return this.#waiting.length
  }

  /** @returns false when it is full */
  add(queued: Queued): boolean {
    if (this.#waiting.length >= this.maxEvents || this.#bytes + queued.bytes > this.maxBytes) return false
    this.#waiting.push(queued)
    this.#bytes += queued.bytes
    return true
  }

  /** The oldest, as many as one request may carry. */
  first(maxEvents: number): Queued[] {
    if (maxEvents === Number.POSITIVE_INFINITY) return [...this.#waiting]
    let bytes = 0
    const end = this.#waiting.findIndex((queued, index) => {
      bytes += queued.bytes + 1
      return index >= maxEvents || (index > 0 && bytes > BATCH_MAX_BYTES)
    })
    return this.#waiting.slice(0, end < 0 ? undefined : end)
  }

  last(): Queued | undefined {
    return this.#waiting.at(-1)
  }

  has(queued: Queued): boolean {
    return this.#waiting.includes(queued)
  }

  /** Takes out a batch that `first` gave, but for those to send again. */
  settle(batch: readonly Queued[], again: ReadonlySet<Queued>): void {
    const rest = this.#waiting.slice(batch.length)
    this.#waiting = [...batch.filter((queued) => again.has(queued)), ...rest]
    this.#bytes = this.#waiting.reduce((sum, { bytes }) => sum + bytes, 0)
  }
}
