/** Keeps batches in memory: for tests and for measuring the edge without a queue. Durable only as long as the process. */
import type { Batch, Sink, SinkError } from './sink.ts'

export interface MemorySink extends Sink {
  readonly batches: readonly Batch[]
  /** While set, `write` rejects with it. */
  failure: SinkError | undefined
}

/** @param keep whether batches are kept for reading, or dropped at once */
export function memorySink(keep = true): MemorySink {
  const batches: Batch[] = []
  return {
    batches,
    failure: undefined,
    get ready() {
      return this.failure === undefined
    },
    async write(given) {
      if (this.failure) throw this.failure
      if (keep) batches.push(...given)
    },
    async close() {},
  }
}
