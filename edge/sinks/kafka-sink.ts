/**
 * The queue as a sink: every event on every in-sync replica, or an error.
 *
 * A broker limits what one send holds for one partition, not one message, so large batches are cut into rounds of sends.
 */

import type { Message } from '@rtpx/kafka/produce/request'
import { QueueError, type QueueProducer } from '@rtpx/kafka/producer'
import { EVENTS_QUEUE, MAX_MESSAGE_BYTES } from '@rtpx/kafka/topics'
import { cutLines } from './lines.ts'
import { type Batch, type Sink, SinkError } from './sink.ts'

/** Leaves room for the record batch's own header. */
const MAX_ROUND_BYTES = MAX_MESSAGE_BYTES - 16_384

export function kafkaSink(producer: QueueProducer): Sink {
  return {
    get ready() {
      return producer.connected
    },
    async write(batches) {
      try {
        for (const messages of rounds(batches, MAX_ROUND_BYTES)) await producer.send(EVENTS_QUEUE, messages)
      } catch (cause) {
        if (!(cause instanceof QueueError)) throw cause
        throw new SinkError('queue_unavailable', cause.message, cause.retriable, { cause })
      }
    },
    close: () => producer.close(),
  }
}

/**
 * Sends that together carry the batches: in each, a partition has one message of at most `maxBytes` (or a single line).
 * Batches of one partition, as the spool has them, share messages.
 */
export function rounds(batches: readonly Batch[], maxBytes: number): Message[][] {
  const sends: Message[][] = []
  for (const [partition, parts] of Map.groupBy(batches, (batch) => batch.partition)) {
    messagesOf(parts, maxBytes).forEach((lines, round) => {
      sends[round] ??= []
      // Newlines separate a message's events, so the last has none.
      sends[round].push({ partition, value: lines.subarray(0, -1) })
    })
  }
  return sends
}

/** The lines of one partition's batches, in order, together as far as they fit. */
function messagesOf(batches: readonly Batch[], maxBytes: number): Uint8Array[] {
  const messages: Uint8Array[] = []
  let gathered: Uint8Array[] = []
  let bytes = 0
  const finish = () => {
    const [only] = gathered
    if (only) messages.push(gathered.length === 1 ? only : Buffer.concat(gathered))
    gathered = []
    bytes = 0
  }
  for (const { lines } of batches.flatMap((batch) => cutLines(batch, maxBytes))) {
    if (bytes + lines.byteLength > maxBytes) finish()
    gathered.push(lines)
    bytes += lines.byteLength
  }
  finish()
  return messages
}
