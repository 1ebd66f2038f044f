/**
 * The queue as a sink: every event on every in-sync replica, or an error.
 *
 * A broker limits what one send holds for one partition, not one message, so large batches are cut into rounds of sends.
 */
import { QueueError, type QueueProducer } from '@rtpx/kafka/producer'
import { EVENTS_QUEUE, MAX_MESSAGE_BYTES } from '@rtpx/kafka/topics'
import { type Batch, type Sink, SinkError } from './sink.ts'

/** Leaves room for the record batch's own header. */
const MAX_ROUND_BYTES = MAX_MESSAGE_BYTES - 16_384

interface Message {
  readonly partition: number
  readonly value: string
}

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

/** Sends that together carry the batches: in each, a partition has one message of at most `maxBytes` (or a single line). */
export function rounds(batches: readonly Batch[], maxBytes: number): Message[][] {
  const sends: Message[][] = []
  for (const { partition, lines, bytes } of batches) {
    const values = bytes <= maxBytes ? [lines.join('\n')] : cut(lines, maxBytes)
    values.forEach((value, round) => {
      sends[round] ??= []
      sends[round].push({ partition, value })
    })
  }
  return sends
}

function cut(lines: readonly string[], maxBytes: number): string[] {
  const values: string[] = []
  let piece: string[] = []
  let pieceBytes = 0
  for (const line of lines) {
    const bytes = Buffer.byteLength(line) + 1
    if (piece.length > 0 && pieceBytes + bytes > maxBytes) {
      values.push(piece.join('\n'))
      piece = []
      pieceBytes = 0
    }
    piece.push(line)
    pieceBytes += bytes
  }
  values.push(piece.join('\n'))
  return values
}
