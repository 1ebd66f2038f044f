/** ClickHouse as a sink: batches go through the same door as the queue's, and are durable when every view has them. */
import type { ClickHouse } from '@rtpx/clickhouse/client'
import { type Sink, SinkError } from './sink.ts'

/** @param clickhouse connected to the database that holds `events_incoming` */
export function clickhouseSink(clickhouse: ClickHouse): Sink {
  let answered = true
  return {
    get ready() {
      return answered
    },
    async write(batches) {
      try {
        await clickhouse.insertLines(
          'events_incoming',
          batches.map(({ lines }) => textOf(lines)),
        )
        answered = true
      } catch (cause) {
        answered = false
        const reason = cause instanceof Error ? cause.message : String(cause)
        throw new SinkError('clickhouse_unavailable', reason, true, { cause })
      }
    },
    close: () => clickhouse.close(),
  }
}

/** Lines without the last newline. */
function textOf({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength - 1).toString()
}
