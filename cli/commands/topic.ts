/** `topic`: list, describe, create, and tail the events of a topic. */
import { describeTopic, ensureTopics, listTopics, tailTopic } from '@rtpx/kafka/admin'
import { EVENTS_QUEUE, topics } from '@rtpx/kafka/topics'
import { defineCommand } from 'citty'
import { kafkaTarget, withKafka } from '../kafka-target.ts'
import { print } from '../output.ts'
import { StartError } from '../start-error.ts'
import { strictCommand } from '../strict-command.ts'
import { table } from '../table.ts'

const topicArg = {
  topic: { type: 'positional', required: false, default: EVENTS_QUEUE, description: 'The topic' },
} as const

const list = strictCommand({
  meta: { name: 'list', description: 'Every topic' },
  run: async () => {
    const found = await withKafka(kafkaTarget(), listTopics)
    const rows = found.map(({ name, partitions, messages }) => [name, String(partitions), String(messages)])
    print(table(['TOPIC', 'PARTITIONS', 'MESSAGES'], rows))
  },
})

const describe = strictCommand({
  meta: { name: 'describe', description: "Partitions, offsets, configuration, and ClickHouse's lag" },
  args: topicArg,
  run: async ({ args }) => {
    const found = await withKafka(kafkaTarget(), (kafka) => describeTopic(kafka, args.topic))
    if (!found) throw new StartError(`there is no topic ${args.topic}`)
    const rows = found.partitions.map(({ partition, leader, replicas, inSync, first, next, lag }) =>
      [partition, leader, `${inSync}/${replicas}`, first, next, lag ?? '-'].map(String),
    )
    print(table(['PARTITION', 'LEADER', 'IN SYNC', 'FIRST', 'NEXT', 'CLICKHOUSE LAG'], rows))
    for (const [name, value] of Object.entries(found.config)) print(`${name}=${value}`)
  },
})

const create = strictCommand({
  meta: { name: 'create', description: 'Make those topics of rtpx that are missing' },
  run: async () => {
    const target = kafkaTarget()
    const { KAFKA_PARTITIONS: partitions, KAFKA_REPLICATION: replication } = target.settings
    const made = await withKafka(target, (kafka) =>
      ensureTopics(kafka, topics(partitions, replication), replication),
    )
    for (const [name, count] of made) print(`${name}: ${count} partitions`)
  },
})

const tail = strictCommand({
  meta: { name: 'tail', description: 'Follow the events of a topic, one JSON line each' },
  args: {
    ...topicArg,
    'from-beginning': { type: 'boolean', description: 'From the first event held, not only new ones' },
    filter: { type: 'string', description: 'Only lines that contain this text' },
    n: { type: 'string', alias: 'count', description: 'End after this many events' },
  },
  run: async ({ args }) => {
    const most = args.n === undefined ? Number.POSITIVE_INFINITY : Number(args.n)
    if (!(most >= 1)) throw new StartError(`-n ${args.n}: no number of events`)
    const stop = new AbortController()
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
    let shown = 0
    const onEvent = (line: string) => {
      if (args.filter && !line.includes(args.filter)) return true
      if (!print(line)) return false
      shown++
      return shown < most
    }
    const { topic, 'from-beginning': fromBeginning = false } = args
    await withKafka(kafkaTarget(), async (kafka) => {
      if (!(await describeTopic(kafka, topic))) throw new StartError(`there is no topic ${topic}`)
      await tailTopic(kafka, { topic, fromBeginning, onEvent, signal: stop.signal })
    })
    process.exit(0)
  },
})

export default defineCommand({
  meta: { name: 'topic', description: "Look after Kafka's topics" },
  subCommands: { list, describe, create, tail },
})
