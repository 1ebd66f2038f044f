/**
 * What travels together: at most as many events and bytes as the edge takes in one request, in the order given.
 * With a pace, a batch leaves when the next event is not due yet.
 */

export interface Item {
  /** The event as JSON. */
  readonly json: string
}

export interface BatchLimits<T> {
  readonly maxEvents: number
  /** Of the request's body in UTF-8. */
  readonly maxBytes: number
  /** Milliseconds until the event is due; 0 or less: now. */
  readonly dueInMs: (item: T) => number
  readonly sleep: (ms: number) => Promise<void>
}

/** An event may leave this much early: without it a quick replay would send them one by one. */
const EARLY_MS = 50

/** @throws nothing of its own; an event over the limit travels alone, for the edge to refuse */
export async function* cutBatches<T extends Item>(
  items: AsyncIterable<T> | Iterable<T>,
  limits: BatchLimits<T>,
): AsyncGenerator<T[]> {
  let batch: T[] = []
  // The array's brackets, and a comma after each event.
  let bytes = 2
  for await (const item of items) {
    const size = Buffer.byteLength(item.json) + 1
    const waitMs = limits.dueInMs(item)
    const isFull = batch.length >= limits.maxEvents || bytes + size > limits.maxBytes
    if (batch.length > 0 && (isFull || waitMs > EARLY_MS)) {
      yield batch
      batch = []
      bytes = 2
    }
    // A long pause in the log is slept in one piece: whoever aborts makes `sleep` reject.
    if (waitMs > EARLY_MS) await limits.sleep(limits.dueInMs(item))
    batch.push(item)
    bytes += size
  }
  if (batch.length > 0) yield batch
}
