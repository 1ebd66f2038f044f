// The edge's durable spool: an append-only, checksummed, segmented log in one directory. Promises:
// - `append` resolves only when every line is on disk and synced; otherwise it rejects with a SinkError, and never both.
// - What was acknowledged is delivered by `drain` at least once, in order per partition, also after kill -9 or a power
//   cut; a damaged record costs itself, is counted, and nothing else. (A rejected append may still be delivered when
//   the process dies before its bytes could be cut off: a caller that retries uses the same event ids.)
// - Disk use and memory are bounded: above them `append` rejects with `spool_full` or `spool_busy`, before writing.
//
// The way of a batch: cut.ts → group-commit.ts → log.ts (record.ts) … reader.ts (scan.ts) → drain.ts → delivery.ts.

import { mkdir } from 'node:fs/promises'
import { type Batch, SinkError } from '../sinks/sink.ts'
import type { Clock } from './clock.ts'
import { Cursor } from './cursor.ts'
import { cutBatch } from './cut.ts'
import { Delivery } from './delivery.ts'
import { type DrainOptions, type DrainProgress, drain } from './drain.ts'
import { directoryFiles, type SpoolFiles } from './files.ts'
import { GroupCommit } from './group-commit.ts'
import type { SpoolLimits, SpoolStats } from './limits.ts'
import { lockDirectory } from './lock.ts'
import { diskBytes, Log } from './log.ts'
import { Quarantine } from './quarantine.ts'
import { PAYLOAD_LIMIT } from './record.ts'
import { recover } from './recover.ts'

/** How long after a failed commit the spool calls itself not ready; then a batch may try the disk again. */
const RETRY_AFTER_MS = 5_000

export class Spool {
  #appended = 0
  #syncs = 0
  #failures = 0
  #failedAt: number | undefined
  #closed = false
  #draining = false
  #wakers: (() => void)[] = []
  readonly #commits: GroupCommit

  private constructor(
    private readonly log: Log,
    private readonly cursor: Cursor,
    private readonly quarantine: Quarantine,
    private readonly delivery: Delivery,
    private readonly limits: SpoolLimits,
    private readonly clock: Clock,
    private readonly release: () => Promise<void>,
  ) {
    this.#commits = new GroupCommit((pieces) => this.#commit(pieces), limits.commitIntervalMs, clock)
  }

  /** Opens a directory, creating it when missing; throws SpoolLockedError when another process has it. */
  static async open(directory: string, limits: SpoolLimits, clock: Clock): Promise<Spool> {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    const release = await lockDirectory(directory)
    return Spool.recover(directoryFiles(directory), limits, clock, release).catch(async (error: unknown) => {
      await release()
      throw error
    })
  }

  /** Opens a spool on files that are this process's alone. */
  static async recover(
    files: SpoolFiles,
    limits: SpoolLimits,
    clock: Clock,
    release = async () => {},
  ): Promise<Spool> {
    if (limits.maxRecordBytes > PAYLOAD_LIMIT) throw new RangeError(`maxRecordBytes is over ${PAYLOAD_LIMIT}`)
    const cursor = await Cursor.open(files)
    const recovered = await recover(files, cursor.found)
    // Both slots: from here on a save overwrites in place and needs no space.
    await cursor.save(recovered.delivered)
    await cursor.save(recovered.delivered)
    await cursor.sync()
    const log = new Log(files, limits.segmentBytes, recovered.segments, recovered.nextSequence)
    const quarantine = await Quarantine.open(files, limits.maxQuarantineBytes)
    const delivery = new Delivery(files, log, cursor, quarantine, clock, recovered)
    return new Spool(log, cursor, quarantine, delivery, limits, clock, release)
  }

  /**
   * Resolves when all lines of the batches are durable. Rejects with SinkError: `line_too_large` (never retry),
   * `spool_full`, `spool_busy`, `spool_io`, `spool_closed` (retriable).
   */
  async append(batches: readonly Batch[]): Promise<void> {
    if (this.#closed) throw new SinkError('spool_closed', 'the spool is closed', true)
    const pieces = batches.flatMap((batch) => cutBatch(batch, this.limits.maxRecordBytes))
    if (pieces.length === 0) return
    const bytes = pieces.reduce((sum, piece) => sum + diskBytes(piece), 0)
    const { pendingBytes } = this.#commits
    // One append may be larger than the bound when nothing else waits: it is in memory already.
    if (pendingBytes > 0 && pendingBytes + bytes > this.limits.maxBufferedBytes) {
      throw new SinkError('spool_busy', `${pendingBytes} bytes wait for the disk`, true)
    }
    if (this.#usedBytes + bytes > this.limits.maxBytes) {
      throw new SinkError('spool_full', `the spool has reached ${this.limits.maxBytes} bytes`, true)
    }
    await this.#commits.add(pieces, bytes)
  }

  /** Whether an append would be taken now, as far as is known. */
  get ready(): boolean {
    const failing = this.#failedAt !== undefined && this.clock.now() - this.#failedAt < RETRY_AFTER_MS
    return !this.#closed && !failing && this.#usedBytes < this.limits.maxBytes
  }

  /** Replays what is there into a sink until nothing is left or the signal aborts; see DrainOptions. */
  async drain(options: DrainOptions): Promise<DrainProgress> {
    if (this.#draining) throw new Error('the spool is being drained already')
    this.#draining = true
    try {
      return await drain(this.delivery, options)
    } finally {
      this.#draining = false
    }
  }

  /** Resolves when there is something to drain or the signal aborts. */
  async untilUnread(signal: AbortSignal): Promise<void> {
    while (!this.delivery.hasUnread && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const wake = () => resolve()
      this.#wakers.push(wake)
      signal.addEventListener('abort', wake)
      await promise
      signal.removeEventListener('abort', wake)
    }
  }

  stats(): SpoolStats {
    const depthRecords = this.log.nextSequence - this.delivery.delivered
    const oldestAt = depthRecords > 0 ? this.delivery.oldestAt : undefined
    return {
      depthRecords,
      depthBytes: this.delivery.bytes,
      oldestAgeMs: oldestAt === undefined ? 0 : Math.max(0, this.clock.now() - oldestAt),
      quarantinedRecords: this.delivery.quarantinedRecords,
      appended: this.#appended,
      syncs: this.#syncs,
      failures: this.#failures + this.delivery.failures,
      fileBytes: this.log.fileBytes + this.quarantine.bytes,
      bufferedBytes: this.#commits.pendingBytes,
    }
  }

  /** Waits for the appends on their way, then lets go of the directory. End a drain before by its signal. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#commits.idle()
    await this.log.seal()
    await this.cursor.sync().catch(() => {})
    await this.cursor.close()
    await this.release()
  }

  get #usedBytes(): number {
    return this.log.fileBytes + this.quarantine.bytes + this.#commits.pendingBytes
  }

  async #commit(pieces: readonly Batch[]): Promise<void> {
    const now = this.clock.now()
    const wasEmpty = this.log.nextSequence === this.delivery.delivered
    try {
      await this.log.append(pieces, now)
    } catch (error) {
      this.#failures += 1
      this.#failedAt = now
      const message = error instanceof Error ? error.message : String(error)
      throw new SinkError('spool_io', `the spool cannot write: ${message}`, true, { cause: error })
    }
    this.#failedAt = undefined
    this.#syncs += 1
    this.#appended += pieces.length
    if (wasEmpty) this.delivery.oldestAt = now
    for (const wake of this.#wakers.splice(0)) wake()
  }
}
