/** An accepted event as it travels: one line of JSON and the partition that keeps its player's events in order. */
import { type Event, orderingKey } from '@rtpx/kafka/event'
import type { Entry } from '../batch/publisher.ts'

/** @param partitions partitions of the queue; every edge must use the same number */
export function entryOf(event: Event, partitions: number): Entry {
  const partition = partitions === 1 ? 0 : Bun.hash.xxHash32(orderingKey(event)) % partitions
  return { partition, line: JSON.stringify(event) }
}
