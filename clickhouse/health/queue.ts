/** How Kafka is: reachable, the topics as rtpx wants them, every partition led and copied, and how far ClickHouse is behind. */
import { brokerTime, CLICKHOUSE_GROUP, describeTopic, type TopicDescription } from '@rtpx/kafka/admin'
import { kafkaClient } from '@rtpx/kafka/client'
import { type KafkaVariables, kafkaConnection } from '@rtpx/kafka/config'
import { CLOCK_TOPIC, EVENTS_QUEUE, EVENTS_REJECTED, MAX_MESSAGE_BYTES, topics } from '@rtpx/kafka/topics'
import { type Check, checkOf, reasonOf } from './check.ts'
import { clockCheck } from './clock.ts'
import { LIMITS } from './limits.ts'

/** The groups that read, by their topic. */
const GROUPS = { [EVENTS_QUEUE]: CLICKHOUSE_GROUP, [EVENTS_REJECTED]: 'rtpx_rejected' } as const

export type QueueClient = ReturnType<typeof kafkaClient>

export interface QueueChecks {
  /** As the edges are told. */
  readonly partitions: number
  readonly replication: number
}

/** A client that gives up soon: whoever asks waits for its answer. */
export function healthClient(settings: KafkaVariables): QueueClient {
  return kafkaClient({
    ...kafkaConnection(settings),
    clientId: 'rtpx-health',
    connectionTimeout: 2_000,
    requestTimeout: 5_000,
    retry: { retries: 1 },
  })
}

/** Messages of a topic that its group has not committed, all partitions together. @throws Error when no broker answers */
export async function queueLag(kafka: QueueClient): Promise<Map<string, number>> {
  const lags = new Map<string, number>()
  for (const [topic, group] of Object.entries(GROUPS)) {
    const found = await describeTopic(kafka, topic, group)
    if (found) lags.set(topic, lagOf(found))
  }
  return lags
}

/** What was never read counts from the first message held. */
const lagOf = ({ partitions }: TopicDescription) =>
  partitions.reduce((sum, { lag, next, first }) => sum + Number(lag ?? next - first), 0)

/** Every check of the queue. Never throws. */
export async function checkQueue(kafka: QueueClient, wanted: QueueChecks): Promise<Check[]> {
  const answers = checkOf('broker_answers', 'Kafka')
  try {
    const found = await Promise.all(
      Object.entries(GROUPS).map(
        async ([topic, group]) => [topic, await describeTopic(kafka, topic, group)] as const,
      ),
    )
    return [
      answers.ok('the brokers answer'),
      await brokerClockCheck(kafka),
      ...found.flatMap(([topic, description]) => topicChecks(topic, description, wanted)),
    ]
  } catch (error) {
    return [
      answers.bad(
        `no broker answers (${reasonOf(error)})`,
        'start Kafka, or correct KAFKA_BROKERS; the edges keep events in their spools meanwhile',
      ),
    ]
  }
}

async function brokerClockCheck(kafka: QueueClient): Promise<Check> {
  const { unknown } = checkOf('clock', 'Clock of Kafka')
  try {
    const askedAt = Date.now()
    const time = await brokerTime(kafka)
    if (time === undefined)
      return unknown(`cannot be asked: there is no topic ${CLOCK_TOPIC}`, '`bun run topic create` makes it')
    return clockCheck('Kafka', time - (askedAt + Date.now()) / 2)
  } catch (error) {
    return unknown(`could not be asked (${reasonOf(error)})`)
  }
}

function topicChecks(topic: string, found: TopicDescription | undefined, wanted: QueueChecks): Check[] {
  const settings = checkOf('topic_settings', `Topic ${topic}`)
  if (!found)
    return [settings.bad('is not there', '`bun run topic create` makes it, as do `up` and the migrations')]
  const wrong = settingsWrong(topic, found, wanted)
  const lag = lagOf(found)
  const behind = checkOf('queue_lag', `Lag of ${topic}`)
  const words = `ClickHouse is ${lag.toLocaleString('en')} messages behind`
  const advice =
    'see that ClickHouse runs and no view throws; more consumers (KAFKA_CONSUMERS) up to the partitions, then more cores'
  return [
    wrong.length === 0
      ? settings.ok(`${found.partitions.length} partitions, settings as wanted`)
      : settings.bad(wrong.map(([what]) => what).join('; '), wrong.map(([, how]) => how).join('; ')),
    partitionsCheck(topic, found),
    lag >= LIMITS.lagBad
      ? behind.bad(words, advice)
      : lag >= LIMITS.lagWarn
        ? behind.warn(words, advice)
        : behind.ok(lag === 0 ? 'ClickHouse has read everything' : words),
  ]
}

/** What of a topic's settings would lose or refuse events, each with its remedy. */
function settingsWrong(
  topic: string,
  { partitions, config }: TopicDescription,
  wanted: QueueChecks,
): [what: string, how: string][] {
  const set = (name: string, value: string) =>
    `kafka-configs.sh --alter --topic ${topic} --add-config ${name}=${value}`
  const wrong: [string, string][] = []
  const copies = Math.min(...partitions.map(({ replicas }) => replicas))
  const number = (name: string, otherwise: number) => Number(config[name] ?? otherwise)
  if (number('max.message.bytes', MAX_MESSAGE_BYTES) < MAX_MESSAGE_BYTES)
    wrong.push([
      `max.message.bytes is ${config['max.message.bytes']}: full batches are refused`,
      set('max.message.bytes', String(MAX_MESSAGE_BYTES)),
    ])
  if (copies > 1 && number('min.insync.replicas', 1) < 2)
    wrong.push([
      'min.insync.replicas is 1: a write that one broker has may be lost',
      set('min.insync.replicas', '2'),
    ])
  if (copies === 1 && number('min.insync.replicas', 1) > 1)
    wrong.push([
      'min.insync.replicas is more than there are copies: no write succeeds',
      set('min.insync.replicas', '1'),
    ])
  if (copies < wanted.replication)
    wrong.push([
      `${copies} copies of a partition, KAFKA_REPLICATION wants ${wanted.replication}`,
      'raise it by kafka-reassign-partitions.sh',
    ])
  const retention = topics(1, 1)[0]?.config['retention.ms'] ?? ''
  const kept = number('retention.ms', Number(retention))
  if (kept >= 0 && kept < Number(retention) / 7)
    wrong.push([
      `retention.ms is ${kept}: what ClickHouse has not read by then is lost`,
      set('retention.ms', retention),
    ])
  if (topic === EVENTS_QUEUE && partitions.length < wanted.partitions)
    wrong.push([
      `${partitions.length} partitions, but the edges are told ${wanted.partitions}: they write where nothing is`,
      `set KAFKA_PARTITIONS=${partitions.length}, or add partitions by kafka-topics.sh`,
    ])
  return wrong
}

function partitionsCheck(topic: string, { partitions }: TopicDescription): Check {
  const { ok, warn, bad } = checkOf('partitions', `Partitions of ${topic}`)
  const leaderless = partitions.filter(({ leader }) => leader < 0)
  const behind = partitions.filter(({ replicas, inSync }) => inSync < replicas)
  if (leaderless.length > 0)
    return bad(`${leaderless.length} have no leader`, 'bring the brokers back that hold them')
  return behind.length > 0
    ? warn(`${behind.length} have copies that are behind`, 'see which broker is gone or slow')
    : ok('all led, every copy in sync')
}
