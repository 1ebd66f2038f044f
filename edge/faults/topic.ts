/** Everything a topic holds now, line by line: what the oracle compares the ledger with. */
import type { kafkaClient } from '@rtpx/kafka/client'

/** Reads every message up to the present end of each partition; leaves no consumer group behind. */
export async function readTopic(
  kafka: ReturnType<typeof kafkaClient>,
  topic: string,
  onLine: (line: string) => void,
): Promise<void> {
  const admin = kafka.admin()
  await admin.connect()
  const offsets = await admin.fetchTopicOffsets(topic)
  const ends = new Map(
    offsets
      .filter(({ high, low }) => high !== low)
      .map(({ partition, high }) => [partition, BigInt(high) - 1n]),
  )
  const groupId = `rtpx-oracle-${crypto.randomUUID()}`
  const consumer = kafka.consumer({ groupId, allowAutoTopicCreation: false, maxWaitTimeInMs: 50 })
  const { promise: ended, resolve: end, reject: fail } = Promise.withResolvers<void>()
  consumer.on(consumer.events.CRASH, ({ payload }) => fail(payload.error))
  try {
    if (ends.size === 0) return
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        const last = ends.get(batch.partition)
        if (last === undefined) return
        for (const { value, offset } of batch.messages) {
          if (BigInt(offset) > last) break
          for (const line of value?.toString().split('\n') ?? []) onLine(line)
        }
        if (BigInt(batch.lastOffset()) >= last) ends.delete(batch.partition)
        if (ends.size === 0) end()
      },
    })
    await ended
  } finally {
    await consumer.disconnect()
    await admin.deleteGroups([groupId]).catch(() => {})
    await admin.disconnect()
  }
}
