/**
 * Turns events into durable batches: many events a batch, one promise a batch.
 *
 * - `publish` resolves only after the sink made the event's batch durable, and rejects when it did not.
 * - Self-clocked: a lone event leaves at once; while writes are under way, events gather for the next one.
 * - Bounded: above `maxPendingBytes` nothing more is taken in (`busy`), so a slow sink can't fill the memory.
 */
import { type Sink, SinkError } from '../sinks/sink.ts'
import { Batcher } from './batcher.ts'

/** One finished write, for the metrics. */
export interface WriteReport {
  readonly events: number
  readonly bytes: number
  /** From the first event of the write to the answer of the sink. */
  readonly seconds: number
  readonly isDurable: boolean
}

export interface PublisherLimits {
  /** How long events gather while fewer than `maxWrites` writes are under way, in milliseconds. */
  readonly lingerMs: number
  /** Writes under way at the same time. */
  readonly maxWrites: number
  /** Bytes at which a partition's batch leaves without waiting. */
  readonly maxBatchBytes: number
  /** Bytes that may wait or be under way before events are turned away. */
  readonly maxPendingBytes: number
}

/** One event on its way. */
export interface Entry {
  readonly partition: number
  readonly line: string
}

/** The promise shared by the events of one group. */
type Group = PromiseWithResolvers<void>

export class Publisher {
  private readonly batcher: Batcher
  private group: Group = newGroup()
  private timer: Timer | undefined
  private closed = false
  private begunAt = 0
  private writes = 0
  private writing = 0

  constructor(
    private readonly sink: Sink,
    private readonly limits: PublisherLimits,
    private readonly onWrite: (report: WriteReport) => void = () => {},
  ) {
    this.batcher = new Batcher(limits.maxBatchBytes)
  }

  /** Bytes taken in and not yet durable. */
  get pendingBytes(): number {
    return this.batcher.bytes + this.writing
  }

  /**
   * Makes events durable, all in one group.
   * @param events each with the queue's partition for it and its JSON without a newline
   * @throws SinkError `busy` when too much is pending, `draining` after `close`; whatever the sink rejects with otherwise
   */
  publish(events: readonly Entry[]): Promise<void> {
    const closed = this.refusal()
    if (closed) return Promise.reject(closed)
    const { promise } = this.group
    if (this.batcher.bytes === 0) this.begunAt = performance.now()
    let full = false
    for (const { partition, line } of events) full = this.batcher.add(partition, line) || full
    if (full) this.flush()
    else this.schedule()
    return promise
  }

  /** Why nothing is taken in now. */
  private refusal(): SinkError | undefined {
    if (this.closed) return new SinkError('draining', 'this edge is about to stop', true)
    return this.pendingBytes >= this.limits.maxPendingBytes
      ? new SinkError('busy', 'too many events wait for the queue', true)
      : undefined
  }

  /** Takes nothing more in, and waits until everything taken in is durable or refused. */
  async close(): Promise<void> {
    this.closed = true
    while (this.pendingBytes > 0) {
      this.flush()
      await Bun.sleep(1)
    }
  }

  private schedule(): void {
    if (this.timer !== undefined || this.writes >= this.limits.maxWrites) return
    this.timer = setTimeout(() => this.flush(), this.writes === 0 ? 0 : this.limits.lingerMs)
  }

  private flush(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    const bytes = this.batcher.bytes
    if (bytes === 0) return
    const { resolve, reject } = this.group
    this.group = newGroup()
    this.writes += 1
    this.writing += bytes
    const batches = this.batcher.take()
    const begunAt = this.begunAt
    const settle = (isDurable: boolean) => {
      const events = batches.reduce((sum, batch) => sum + batch.events, 0)
      this.onWrite({ events, bytes, seconds: (performance.now() - begunAt) / 1000, isDurable })
      this.batcher.recycle(batches)
      this.writes -= 1
      this.writing -= bytes
      if (this.batcher.bytes > 0) this.schedule()
    }
    this.sink.write(batches).then(
      () => {
        settle(true)
        resolve()
      },
      (error: unknown) => {
        settle(false)
        reject(error)
      },
    )
  }
}

function newGroup(): Group {
  const group = Promise.withResolvers<void>()
  // Whoever published waits on the promise; a group whose requests have all gone away must not crash the process.
  group.promise.catch(() => {})
  return group
}
