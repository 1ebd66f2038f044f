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
      if (keep) batches.push(...given.map((batch) => ({ ...batch, lines: new Uint8Array(batch.lines) })))
    },
    async close() {},
  }
}

/** The lines of a batch as texts, without newlines. */
export function linesOf({ lines }: Batch): string[] {
  return new TextDecoder().decode(lines).split('\n').slice(0, -1)
}

/** A batch of these lines. */
export function batchOfLines(partition: number, lines: readonly string[]): Batch {
  return { partition, events: lines.length, lines: Buffer.from(lines.map((line) => `${line}\n`).join('')) }
}
