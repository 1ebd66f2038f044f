/**
 * From Kafka into every table: how many events a second ClickHouse drains with all the views attached.
 *
 * The topic is filled while the doors are closed; then they are opened, and the rate is taken between the first and the last event to
 * be seen, so that joining the group is not counted.
 */

import { connectClickHouse } from '@rtpx/clickhouse/client'
import { ensureQueue } from '@rtpx/clickhouse/queue'
import { ensureSchema } from '@rtpx/clickhouse/schema'
import { spawnClickHouse } from '@rtpx/clickhouse/server/spawn'
import { ensureTopics } from '@rtpx/kafka/admin'
import { spawnBroker } from '@rtpx/kafka/broker/spawn'
import { kafkaClient } from '@rtpx/kafka/client'
import { startProducer } from '@rtpx/kafka/producer'
import { EVENTS_QUEUE, topics } from '@rtpx/kafka/topics'
import type { Bench, Context } from '../bench.ts'
import { type Row, row } from '../measure/row.ts'
import { queueWith } from '../queue.ts'
import { drained } from './drained.ts'
import { fill, PARTITIONS } from './fill.ts'
import { drainIntoPostgres } from './postgres.ts'

interface Case {
  readonly perMessage: number
  readonly consumers: number
  /** Rows of a block; absent: as the doors are. A block is never cut inside what was polled at once. */
  readonly block?: number
  /** Of the events of the others: what is slower needs fewer. */
  readonly share?: number
}

const CASES = [
  { perMessage: 100, consumers: 1 },
  { perMessage: 1_000, consumers: 1 },
  { perMessage: 1_000, consumers: 2 },
  { perMessage: 10, consumers: 1, share: 0.3 },
  { perMessage: 1, consumers: 1, share: 0.05 },
  ...[4_096, 16_384, 65_536, 262_144].map((block) => ({
    perMessage: 1_000,
    consumers: 1,
    block,
    share: 0.4,
  })),
] as const satisfies readonly Case[]
/** Cases of a short run: also the first of other blocks. */
const QUICK_CASES = [...CASES.slice(0, 3), ...CASES.slice(5, 6)]
const POSTGRES = 'the seeds’ design: one consumer, Postgres'
const nameOf = ({ perMessage, consumers, block }: Case) => {
  const messages = `${perMessage.toLocaleString('en')} ${perMessage === 1 ? 'event' : 'events'} a message`
  const blocks = block === undefined ? '' : `, blocks of ${block.toLocaleString('en')}`
  return `${messages}${blocks}, ${consumers} ${consumers === 1 ? 'consumer' : 'consumers'}`
}

export const pipelineBench: Bench = {
  name: 'pipeline',
  about: 'events a second from Kafka into every table, beside a consumer that upserts into Postgres',
  bars: [{ bench: 'pipeline', case: nameOf(CASES[2]), unit: 'events/s', atLeast: 200_000 }],
  run,
}

async function run(context: Context): Promise<{ rows: Row[]; notes: string[] }> {
  const events = context.quick ? 300_000 : 2_000_000
  context.say('  starting Kafka and ClickHouse')
  const broker = await context.cleanup.hold(
    () => spawnBroker({ dataDir: `${context.folder}/kafka` }),
    (started) => started.stop(),
  )
  const kafka = kafkaClient({ brokers: [broker.brokers], clientId: 'rtpx-bench' })
  await ensureTopics(kafka, topics(PARTITIONS, 1), 1)
  const server = await context.cleanup.hold(
    () => spawnClickHouse({ dataDirectory: `${context.folder}/clickhouse` }),
    (started) => started.stop(),
  )
  const connection = { url: server.url, username: 'default', password: '', database: 'rtpx' }
  await ensureSchema(connection, { brokers: [], consumers: 1 }, context.folder)
  const clickhouse = connectClickHouse({ ...connection, requestTimeoutMs: 600_000 })
  context.cleanup.add(() => clickhouse.close())
  const producer = startProducer({
    brokers: [broker.brokers],
    clientId: 'rtpx-bench',
    topics: [EVENTS_QUEUE],
    sendTimeoutMs: 10_000,
    reconnectMs: 100,
  })
  context.cleanup.add(() => producer.close())
  while (!producer.connected) await Bun.sleep(20)

  const rows: Row[] = []
  let first = 0
  for (const one of context.quick ? QUICK_CASES : CASES) {
    const { perMessage, consumers, block, share = 1 } = one as Case
    const count = events * share
    context.say(`  ${nameOf(one)}: filling the topic with ${count.toLocaleString('en')} events`)
    await fill(producer, server.url, { first, events: count, perMessage })
    first += count
    if (rows.length === 0) {
      context.say('  draining into Postgres, as the seeds do')
      const stored = await drainIntoPostgres(context, kafka, events / 10)
      rows.push(row('pipeline', POSTGRES, stored, 'events/s'))
    }
    context.say('  draining')
    const doors = await queueWith(
      block === undefined
        ? {}
        : { kafka_max_block_size: block, kafka_poll_max_batch_size: Math.ceil(block / perMessage) },
    )
    await ensureQueue(clickhouse, doors, { brokers: [broker.brokers], consumers })
    const rate = await drained(clickhouse, first, count)
    rows.push(row('pipeline', nameOf(one), rate, 'events/s', POSTGRES, rows))
    await ensureQueue(clickhouse, doors, { brokers: [], consumers })
  }
  const views = await clickhouse.rows<{ views: number }>(
    "SELECT count() AS views FROM system.tables WHERE database = currentDatabase() AND engine = 'MaterializedView'",
  )
  return {
    rows,
    notes: [
      `${views[0]?.views} materialized views attached`,
      `one drain each, of ${events.toLocaleString('en')} events or, of small messages and other blocks, fewer`,
      'without a size of blocks: up to 256 messages, as rtpx has it',
    ],
  }
}
