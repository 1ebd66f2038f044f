/**
 * Decides what travels together. Pure: time, network and promises live in the publisher.
 *
 * - Events of one partition keep their order.
 * - A group is full when one of its partitions reaches `maxBatchBytes`.
 */
import type { Batch } from '../sinks/sink.ts'

interface Lane {
  readonly lines: string[]
  bytes: number
}

export class Batcher {
  private lanes = new Map<number, Lane>()
  private total = 0

  /** @param maxBatchBytes bytes of lines at which a partition's batch is full */
  constructor(private readonly maxBatchBytes: number) {}

  /** Bytes waiting, newlines included. */
  get bytes(): number {
    return this.total
  }

  /**
   * Adds one event.
   * @param bytes of the line in UTF-8, its newline included
   * @returns whether the group is full and should leave now
   */
  add(partition: number, line: string, bytes: number): boolean {
    let lane = this.lanes.get(partition)
    if (!lane) {
      lane = { lines: [], bytes: 0 }
      this.lanes.set(partition, lane)
    }
    lane.lines.push(line)
    lane.bytes += bytes
    this.total += bytes
    return lane.bytes >= this.maxBatchBytes
  }

  /** Everything that waits, a batch per partition; the batcher is empty afterwards. */
  take(): Batch[] {
    const batches = [...this.lanes].map(([partition, { lines, bytes }]) => ({ partition, lines, bytes }))
    this.lanes = new Map()
    this.total = 0
    return batches
  }
}
