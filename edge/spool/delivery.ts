// The reading side of the spool: what comes next, how far it was delivered, what was set aside. Promises:
// - The position on disk never runs ahead of what was delivered, and is durable before a segment it passed is deleted.
// - What cannot be delivered is counted and, as far as there is room, kept in quarantine; nothing blocks the rest.

import type { Clock } from './clock.ts'
import type { Cursor } from './cursor.ts'
import type { SpoolFiles } from './files.ts'
import type { Log } from './log.ts'
import type { Quarantine } from './quarantine.ts'
import { type Item, type Position, readLog } from './reader.ts'
import type { Recovered } from './recover.ts'
import type { Segment } from './segment.ts'

export class Delivery {
  /** The first sequence not yet delivered. */
  delivered: number
  /** About when the oldest undelivered record was appended, Unix ms. */
  oldestAt: number | undefined
  quarantinedRecords = 0
  /** Writes of the position and deletions that failed; retried by the next, harmless but for redelivery. */
  failures = 0
  #head: Position | undefined

  constructor(
    private readonly files: SpoolFiles,
    private readonly log: Log,
    private readonly cursor: Cursor,
    private readonly quarantine: Quarantine,
    private readonly clock: Clock,
    recovered: Recovered,
  ) {
    this.delivered = recovered.delivered
    this.oldestAt = recovered.oldestAt
    this.#head = recovered.head
  }

  /** Where reading goes on; undefined when there are no segments. */
  get head(): Position | undefined {
    const [first] = this.log.segments
    if (!first) return undefined
    if (this.#head?.segment === first) return this.#head
    return { segment: first, offset: 0, sequence: first.firstSequence }
  }

  /** Bytes not yet delivered. */
  get bytes(): number {
    const synced = this.log.segments.reduce((sum, segment) => sum + segment.syncedBytes, 0)
    return synced - (this.head?.offset ?? 0)
  }

  /** Whether a reader would find anything: a record, a loss, or a segment to delete. */
  get hasUnread(): boolean {
    const { head } = this
    if (!head) return false
    return !this.log.isActive(head.segment) || head.offset < head.segment.syncedBytes
  }

  /** Everything undelivered and durable now, in sequence order. Only one reader at a time. */
  read(): AsyncGenerator<Item, void> {
    return readLog(this.log, this.files, this.head, this.delivered)
  }

  /** Everything before the position is delivered. */
  async advance(after: Position): Promise<void> {
    this.#head = after
    this.delivered = Math.max(this.delivered, after.sequence)
    await this.cursor.save(this.delivered).catch(() => {
      this.failures += 1
    })
  }

  /** Gives up on what lies at an offset of the segment that `after` points into. */
  async setAside(
    offset: number,
    bytes: number,
    records: number,
    reason: string,
    after: Position,
  ): Promise<void> {
    const { name: segment } = after.segment
    await this.quarantine.keep({ segment, offset, bytes, records, reason, at: this.clock.now() })
    this.quarantinedRecords += records
    await this.advance(after)
  }

  /** Deletes a segment that was read whole; false when the disk refused and it is to be tried again. */
  async finish(segment: Segment): Promise<boolean> {
    // Were the deletion to outlive the position, the deleted records would look lost after a power cut.
    const saved = await this.cursor
      .save(this.delivered)
      .then(() => this.cursor.sync())
      .then(() => true)
      .catch(() => false)
    if (!saved) {
      this.failures += 1
      return false
    }
    if (!(await this.log.remove(segment))) this.failures += 1
    return true
  }

  /** Lets the segment being written be deleted once all of it is delivered, so that an idle spool takes no space. */
  async retire(): Promise<void> {
    if (!this.hasUnread) await this.log.seal()
  }
}
