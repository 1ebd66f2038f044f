// Replays the spool into the primary sink, in sequence order, one bounded send at a time, at a bounded rate. Promises:
// - A record counts as delivered only after the sink resolved; what was sent without an answer is sent again.
// - A sink that refuses for now (any error that is not a clear "never") is tried again, ever more slowly, for ever.
// - A record the sink refuses for good is set aside and counted; it does not block the others.

import { type Sink, SinkError } from '../sinks/sink.ts'
import type { Clock } from './clock.ts'
import type { Delivery } from './delivery.ts'
import { backoffMs, restMs, sendBytes } from './pacing.ts'
import type { Item } from './reader.ts'

export interface DrainOptions {
  readonly sink: Pick<Sink, 'write'>
  /** Bound on the rate of replay; Infinity for none. */
  readonly bytesPerSecond: number
  /** Bound on what is sent and not yet answered; a single record may be larger. */
  readonly maxInFlightBytes: number
  /** Ends the drain after the answer to what is in flight. */
  readonly signal: AbortSignal
  readonly clock: Clock
  /** Told of every refusal, for the log. */
  readonly onRefusal?: (error: unknown) => void
}

export interface DrainProgress {
  readonly deliveredRecords: number
  readonly deliveredBytes: number
  readonly quarantinedRecords: number
  readonly refusals: number
}

type RecordItem = Extract<Item, { kind: 'record' }>
/** `refused`: one of several records is unacceptable, none was dealt with. */
type Verdict = 'done' | 'refused' | 'aborted'

const isFinal = (error: unknown): error is SinkError => error instanceof SinkError && !error.retriable

class Drain {
  readonly progress = { deliveredRecords: 0, deliveredBytes: 0, quarantinedRecords: 0, refusals: 0 }
  #restMs = 0
  #attempt = 0
  #chunk: RecordItem[] = []
  #chunkBytes = 0

  constructor(
    private readonly delivery: Delivery,
    private readonly options: DrainOptions,
  ) {}

  /** One pass over what is there now. */
  async pass(): Promise<void> {
    const limit = sendBytes(this.options.bytesPerSecond, this.options.maxInFlightBytes)
    for await (const item of this.delivery.read()) {
      if (this.options.signal.aborted) return
      if (item.kind === 'record') {
        if (this.#chunkBytes + item.record.bytes > limit && !(await this.#flush())) return
        if (this.#chunk.length === 0) this.delivery.oldestAt = item.record.appendedAt
        this.#chunk.push(item)
        this.#chunkBytes += item.record.bytes
        continue
      }
      if (!(await this.#flush())) return
      if (item.kind === 'loss') await this.#setAside(item, Math.max(1, item.lost), item.bytes, 'corrupt')
      else if (!(await this.delivery.finish(item.segment))) return this.#backOff()
    }
    await this.#flush()
  }

  /** Sends what was gathered; false when the drain is to end. */
  async #flush(): Promise<boolean> {
    const chunk = this.#chunk
    this.#chunk = []
    this.#chunkBytes = 0
    if (chunk.length === 0) return true
    const verdict = await this.#send(chunk)
    if (verdict !== 'refused') return verdict === 'done'
    // One of them is unacceptable: each on its own, to find out which.
    for (const item of chunk) {
      if ((await this.#send([item])) === 'aborted') return false
    }
    return true
  }

  /** Sends until the sink takes the records or refuses them for good; a single one refused is set aside here. */
  async #send(items: readonly RecordItem[]): Promise<Verdict> {
    const { sink, signal, clock, bytesPerSecond, onRefusal } = this.options
    const last = items.at(-1)
    if (!last) return 'done'
    const bytes = items.reduce((sum, { record }) => sum + record.bytes, 0)
    for (;;) {
      if (this.#restMs > 0) await clock.sleep(this.#restMs, signal)
      if (signal.aborted) return 'aborted'
      const startedAt = clock.now()
      try {
        await sink.write(items.map(({ record }) => record))
        this.#restMs = restMs(bytes, clock.now() - startedAt, bytesPerSecond)
        break
      } catch (error) {
        this.#restMs = restMs(bytes, clock.now() - startedAt, bytesPerSecond)
        this.progress.refusals += 1
        onRefusal?.(error)
        if (isFinal(error)) {
          if (items.length > 1) return 'refused'
          await this.#setAside(last, 1, last.record.bytes, error.code)
          return 'done'
        }
        await this.#backOff()
      }
    }
    this.#attempt = 0
    this.progress.deliveredRecords += items.length
    this.progress.deliveredBytes += bytes
    await this.delivery.advance(last.after)
    return 'done'
  }

  async #backOff(): Promise<void> {
    this.#attempt += 1
    await this.options.clock.sleep(backoffMs(this.#attempt), this.options.signal)
  }

  async #setAside(item: Exclude<Item, { kind: 'end' }>, records: number, bytes: number, reason: string) {
    await this.delivery.setAside(item.offset, bytes, records, reason, item.after)
    this.progress.quarantinedRecords += records
  }
}

/**
 * Drains until nothing durable is left undelivered or the signal aborts, and says what was done. Rejects only when the
 * directory itself cannot be read. One drain at a time.
 */
export async function drain(delivery: Delivery, options: DrainOptions): Promise<DrainProgress> {
  const run = new Drain(delivery, options)
  while (!options.signal.aborted) {
    await delivery.retire()
    if (!delivery.hasUnread) break
    await run.pass()
  }
  return run.progress
}
