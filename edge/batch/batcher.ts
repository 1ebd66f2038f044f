/**
 * Decides what travels together, and holds it as the bytes that will travel. Pure: time, network and promises live in the
 * publisher.
 *
 * - Events of one partition keep their order.
 * - A group is full when one of its partitions reaches `maxBatchBytes`.
 * - A line is encoded once, into memory that is used again when its group has been written.
 */
import type { Batch } from '../sinks/sink.ts'

const NEWLINE = 10
/** Memory a lane begins with; it doubles as events gather. */
const LANE_BYTES = 16 * 1024
/** A lane's memory above this is let go instead of kept. */
const MAX_KEPT_BYTES = 1024 ** 2
const MAX_KEPT = 32

interface Lane {
  memory: Buffer
  bytes: number
  events: number
}

export class Batcher {
  private lanes = new Map<number, Lane>()
  private total = 0
  private readonly free: Buffer[] = []

  /** @param maxBatchBytes bytes of lines at which a partition's batch is full */
  constructor(private readonly maxBatchBytes: number) {}

  /** Bytes waiting, newlines included. */
  get bytes(): number {
    return this.total
  }

  /**
   * Adds one event.
   * @param line its JSON, without a newline
   * @returns whether the group is full and should leave now
   */
  add(partition: number, line: string): boolean {
    const lane = this.lanes.get(partition) ?? this.newLane(partition)
    // A UTF-16 unit takes at most three bytes of UTF-8.
    if (lane.memory.byteLength - lane.bytes <= line.length * 3) grow(lane, line.length * 3 + 1)
    const written = lane.memory.write(line, lane.bytes)
    lane.memory[lane.bytes + written] = NEWLINE
    lane.bytes += written + 1
    lane.events += 1
    this.total += written + 1
    return lane.bytes >= this.maxBatchBytes
  }

  /** Everything that waits, a batch per partition; the batcher is empty afterwards. */
  take(): Batch[] {
    const batches = [...this.lanes].map(([partition, { memory, bytes, events }]) => ({
      partition,
      events,
      lines: memory.subarray(0, bytes),
    }))
    this.lanes = new Map()
    this.total = 0
    return batches
  }

  /** Gives back the memory of batches that were taken and are no longer read. */
  recycle(batches: readonly Batch[]): void {
    for (const { lines } of batches)
      if (this.free.length < MAX_KEPT && lines.buffer.byteLength <= MAX_KEPT_BYTES)
        this.free.push(Buffer.from(lines.buffer))
  }

  private newLane(partition: number): Lane {
    const lane = { memory: this.free.pop() ?? Buffer.allocUnsafeSlow(LANE_BYTES), bytes: 0, events: 0 }
    this.lanes.set(partition, lane)
    return lane
  }
}

/** Gives a lane room for `bytes` more. */
function grow(lane: Lane, bytes: number): void {
  const larger = Buffer.allocUnsafeSlow(Math.max(lane.memory.byteLength * 2, lane.bytes + bytes))
  lane.memory.copy(larger, 0, 0, lane.bytes)
  lane.memory = larger
}
