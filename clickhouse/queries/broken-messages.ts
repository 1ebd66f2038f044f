/** Messages of the queue that could not be read as a whole: split into lines and judged, by the views behind broken_incoming. */

import { CANARY_MARK } from '@rtpx/kafka/canary'
import type { ClickHouse } from '../client.ts'

/** Messages judged by one statement: bounds its memory, with 1 MiB a message. */
const MESSAGES_PER_STATEMENT = 64

interface Delivered {
  /** When ClickHouse took it; milliseconds since 1970. */
  readonly at: number
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/**
 * Counts every good line and keeps every bad one of the messages not yet judged. A message is marked when its lines are
 * in the tables: killed in between, it is judged again, which changes nothing.
 * @param fromMs looks at messages that ClickHouse took since; milliseconds since 1970
 * @returns how many messages were judged
 */
export async function judgeBrokenMessages(clickhouse: ClickHouse, fromMs: number): Promise<number> {
  let judged = 0
  for (;;) {
    const messages = await unjudged(clickhouse, fromMs)
    if (messages.length === 0) return judged
    const named = {
      at: messages.map(({ at }) => at),
      topics: messages.map(({ topic }) => topic),
      partitions: messages.map(({ partition }) => partition),
      offsets: messages.map(({ offset }) => offset),
    }
    // Few messages at a time: each may hold a million lines.
    await clickhouse.command(
      `INSERT INTO broken_incoming (queue_topic, queue_partition, queue_offset, queue_time, raw)
       SELECT queue_topic, queue_partition, queue_offset, queue_time, raw FROM broken_messages
       WHERE received_at >= fromUnixTimestamp64Milli(arrayMin({at:Array(Int64)}), 'UTC') AND ${KEY} IN (${NAMED})
       SETTINGS max_threads = 1, preferred_block_size_bytes = 1048576, min_insert_block_size_bytes = 4194304`,
      named,
    )
    await clickhouse.command(
      `INSERT INTO judged_messages (received_at, queue_topic, queue_partition, queue_offset)
       SELECT fromUnixTimestamp64Milli(message.1, 'UTC'), message.2, message.3, message.4 FROM (SELECT arrayJoin(${ZIPPED}) AS message)`,
      named,
    )
    judged += messages.length
  }
}

const KEY = `(toUnixTimestamp64Milli(received_at), toString(queue_topic), queue_partition, queue_offset)`
const ZIPPED = `arrayZip({at:Array(Int64)}, {topics:Array(String)}, {partitions:Array(Int64)}, {offsets:Array(Int64)})`
const NAMED = `SELECT message.1, message.2, message.3, message.4 FROM (SELECT arrayJoin(${ZIPPED}) AS message)`

const unjudged = (clickhouse: ClickHouse, fromMs: number) =>
  clickhouse.rows<Delivered>(
    `SELECT DISTINCT toUnixTimestamp64Milli(received_at) AS at, queue_topic AS topic, queue_partition AS partition, queue_offset AS offset
     FROM broken_messages
     WHERE received_at >= fromUnixTimestamp64Milli({fromMs:Int64}, 'UTC')
       AND error != '${CANARY_MARK}'
       AND ${KEY} NOT IN (SELECT ${KEY} FROM judged_messages WHERE received_at >= fromUnixTimestamp64Milli({fromMs:Int64}, 'UTC'))
     ORDER BY at
     LIMIT ${MESSAGES_PER_STATEMENT}`,
    { fromMs },
  )
