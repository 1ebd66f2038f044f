/**
 * Looking after topics: make the missing ones, list, describe, and follow their events. Changes nothing that exists.
 */
import { type Admin, ConfigResourceTypes, type Kafka } from 'kafkajs'
import { settled } from './settled.ts'
import { CLOCK_TOPIC, type Topic } from './topics.ts'

/** The consumer group of ClickHouse's Kafka table. */
export const CLICKHOUSE_GROUP = 'rtpx_events'

async function withAdmin<Result>(kafka: Kafka, work: (admin: Admin) => Promise<Result>): Promise<Result> {
  const admin = kafka.admin()
  await admin.connect()
  try {
    return await work(admin)
  } finally {
    await admin.disconnect()
  }
}

/**
 * Creates those topics that are missing; two processes may do so at once.
 * @param replication copies of each partition
 * @returns how many partitions each topic has, which differs from what was asked where the topic was there before
 */
export async function ensureTopics(
  kafka: Kafka,
  topics: readonly Topic[],
  replication: number,
): Promise<Map<string, number>> {
  return withAdmin(kafka, async (admin) => {
    const present = new Set(await admin.listTopics())
    const missing = topics.filter(({ name }) => !present.has(name))
    await Promise.all(
      missing.map(({ name, partitions, config }) =>
        admin.createTopics({
          // kafkajs gives up on the leaders of a busy broker too soon; the question below waits for them.
          waitForLeaders: false,
          topics: [
            {
              topic: name,
              numPartitions: partitions,
              replicationFactor: replication,
              configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
            },
          ],
        }),
      ),
    )
    const names = topics.map(({ name }) => name)
    const metadata = await settled(() => admin.fetchTopicMetadata({ topics: names }))
    return new Map(metadata.topics.map(({ name, partitions }) => [name, partitions.length]))
  })
}

export interface TopicSummary {
  readonly name: string
  readonly partitions: number
  /** Messages held now; one carries many events. */
  readonly messages: bigint
}

/** Every topic but Kafka's own, by name. */
export async function listTopics(kafka: Kafka): Promise<TopicSummary[]> {
  return withAdmin(kafka, async (admin) => {
    const names = (await admin.listTopics()).filter((name) => !name.startsWith('__')).sort()
    return Promise.all(
      names.map(async (name) => {
        const offsets = await admin.fetchTopicOffsets(name)
        const messages = offsets.reduce((sum, { high, low }) => sum + BigInt(high) - BigInt(low), 0n)
        return { name, partitions: offsets.length, messages }
      }),
    )
  })
}

export interface PartitionDescription {
  readonly partition: number
  readonly leader: number
  readonly replicas: number
  readonly inSync: number
  /** The first offset held, and the one the next message gets. */
  readonly first: bigint
  readonly next: bigint
  /** Messages ClickHouse has not committed yet; absent when it never read this partition. */
  readonly lag?: bigint
}

export interface TopicDescription {
  readonly name: string
  readonly partitions: readonly PartitionDescription[]
  /** What differs from the broker's defaults. */
  readonly config: Readonly<Record<string, string>>
}

/** One topic in full, or undefined when there is none of that name. */
export async function describeTopic(
  kafka: Kafka,
  topic: string,
  groupId = CLICKHOUSE_GROUP,
): Promise<TopicDescription | undefined> {
  return withAdmin(kafka, async (admin) => {
    if (!(await admin.listTopics()).includes(topic)) return undefined
    const [metadata, offsets, groups, configs] = await Promise.all([
      admin.fetchTopicMetadata({ topics: [topic] }),
      admin.fetchTopicOffsets(topic),
      settled(() => admin.fetchOffsets({ groupId, topics: [topic] })),
      admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }],
      }),
    ])
    const leaders = new Map(metadata.topics[0]?.partitions.map((found) => [found.partitionId, found]))
    const committed = new Map(
      groups[0]?.partitions.map(({ partition, offset }) => [partition, BigInt(offset)]),
    )
    const partitions = offsets
      .map(({ partition, low, high }) => {
        const found = leaders.get(partition)
        const read = committed.get(partition) ?? -1n
        return {
          partition,
          leader: found?.leader ?? -1,
          replicas: found?.replicas.length ?? 0,
          inSync: found?.isr.length ?? 0,
          first: BigInt(low),
          next: BigInt(high),
          ...(read >= 0n ? { lag: BigInt(high) - read } : {}),
        }
      })
      .sort((a, b) => a.partition - b.partition)
    const entries = configs.resources[0]?.configEntries ?? []
    const config = Object.fromEntries(
      entries
        .filter((entry) => Number((entry as { configSource?: number }).configSource) === SET_ON_TOPIC)
        .map((entry) => [entry.configName, entry.configValue]),
    )
    return { name: topic, partitions, config }
  })
}

/** Kafka's DescribeConfigs: the source of a value that was set on the topic itself. */
const SET_ON_TOPIC = 1

/**
 * The broker's time, milliseconds since 1970: the time it stamps on an empty message of the topic kept for that.
 * @returns undefined where that topic is missing or keeps the sender's times
 */
export async function brokerTime(kafka: Kafka): Promise<number | undefined> {
  if (!(await withAdmin(kafka, (admin) => admin.listTopics())).includes(CLOCK_TOPIC)) return undefined
  const producer = kafka.producer({ allowAutoTopicCreation: false })
  await producer.connect()
  try {
    const [written] = await producer.send({ topic: CLOCK_TOPIC, messages: [{ value: '' }] })
    const time = Number(written?.logAppendTime ?? -1)
    return time > 0 ? time : undefined
  } finally {
    await producer.disconnect()
  }
}

export interface TailOptions {
  readonly topic: string
  /** From the first message held, else only what comes from now on. */
  readonly fromBeginning: boolean
  /** Called with each line of each message, in a partition's order; false ends the tail. */
  onEvent(line: string): boolean
  readonly signal: AbortSignal
}

/**
 * Follows a topic until `onEvent` returns false or the signal aborts. It commits nothing, and its consumer group is
 * removed when it leaves.
 */
export async function tailTopic(kafka: Kafka, options: TailOptions): Promise<void> {
  const groupId = `rtpx-tail-${crypto.randomUUID()}`
  const consumer = kafka.consumer({ groupId, allowAutoTopicCreation: false, maxWaitTimeInMs: 100 })
  const { promise: ended, resolve: end, reject: fail } = Promise.withResolvers<void>()
  let open = true
  const close = () => {
    open = false
    end()
  }
  options.signal.addEventListener('abort', close, { once: true })
  if (options.signal.aborted) close()
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (!payload.restart) fail(payload.error)
  })
  try {
    await consumer.connect()
    await consumer.subscribe({ topic: options.topic, fromBeginning: options.fromBeginning })
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ message }) => {
        for (const line of message.value?.toString().split('\n') ?? []) {
          if (!open) return
          if (line.trim() !== '' && !options.onEvent(line)) close()
        }
      },
    })
    await ended
  } finally {
    options.signal.removeEventListener('abort', close)
    await consumer.disconnect()
    await withAdmin(kafka, (admin) => admin.deleteGroups([groupId])).catch(() => {})
  }
}
