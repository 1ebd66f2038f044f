// Concurrent appends share one write and one sync: while one group is being made durable the next one gathers. A
// caller's promise settles with its group, never before. Groups keep the order of the calls.

import type { Batch } from '../sinks/sink.ts'
import type { Clock } from './clock.ts'

interface Waiting {
  readonly pieces: readonly Batch[]
  readonly bytes: number
  resolve(): void
  reject(reason: unknown): void
}

export class GroupCommit {
  #queue: Waiting[] = []
  #running: Promise<void> | undefined
  #notBefore = 0
  /** Bytes whose promise has not settled. */
  pendingBytes = 0

  /** `commit` makes pieces durable or rejects; one starts at most every `intervalMs`, because a sync costs CPU too. */
  constructor(
    private readonly commit: (pieces: readonly Batch[]) => Promise<void>,
    private readonly intervalMs: number,
    private readonly clock: Clock,
  ) {}

  /** Resolves when the pieces are durable. `bytes` is what they take on disk. */
  add(pieces: readonly Batch[], bytes: number): Promise<void> {
    this.pendingBytes += bytes
    return new Promise((resolve, reject) => {
      this.#queue.push({ pieces, bytes, resolve, reject })
      this.#running ??= this.#run()
    })
  }

  /** Resolves when everything added has settled. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running
  }

  async #run(): Promise<void> {
    // Lets the calls of this turn join the first group.
    await Promise.resolve()
    while (this.#queue.length > 0) {
      const wait = Math.min(this.#notBefore - this.clock.now(), this.intervalMs)
      if (wait > 0) await this.clock.sleep(wait)
      this.#notBefore = this.clock.now() + this.intervalMs
      await this.#commitGroup(this.#queue.splice(0))
    }
    this.#running = undefined
  }

  async #commitGroup(group: readonly Waiting[]): Promise<void> {
    const settle = await this.commit(group.flatMap(({ pieces }) => pieces)).then(
      () => (waiting: Waiting) => waiting.resolve(),
      (error: unknown) => (waiting: Waiting) => waiting.reject(error),
    )
    for (const waiting of group) {
      this.pendingBytes -= waiting.bytes
      settle(waiting)
    }
  }
}
