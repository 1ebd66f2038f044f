/**
 * From Kafka into every table: how many events a second ClickHouse drains with all the views attached.
 *
 * The topic is filled while the doors are closed; then they are opened, and the rate is taken between the first and the last event to
 * be seen, so that joining the group is not counted.
 */

import { type ClickHouse, connectClickHouse } from '@rtpx/clickhouse/client'
import { ensureSchema } from '@rtpx/clickhouse/schema'
import { spawnClickHouse } from '@rtpx/clickhouse/server/spawn'
import { ensureTopics } from '@rtpx/kafka/admin'
import { spawnBroker } from '@rtpx/kafka/broker/spawn'
import { kafkaClient } from '@rtpx/kafka/client'
import { type QueueProducer, startProducer } from '@rtpx/kafka/producer'
import { EVENTS_QUEUE, topics } from '@rtpx/kafka/topics'
import type { Bench, Context } from '../bench.ts'
import { generatedDay, POPULATION } from '../generate/events.ts'
import { type Row, row } from '../measure/row.ts'
import { drainIntoPostgres } from './postgres.ts'

const PARTITIONS = 4
const CASES = [
  { perMessage: 100, consumers: 1 },
  { perMessage: 1_000, consumers: 1 },
  { perMessage: 1_000, consumers: 2 },
] as const
const POSTGRES = 'the seeds’ design: one consumer, Postgres'
const nameOf = ({ perMessage, consumers }: (typeof CASES)[number]) =>
  `${perMessage.toLocaleString('en')} events a message, ${consumers} ${consumers === 1 ? 'consumer' : 'consumers'}`

export const pipelineBench: Bench = {
  name: 'pipeline',
  about: 'events a second from Kafka into every table, beside a consumer that upserts into Postgres',
  bars: [{ bench: 'pipeline', case: nameOf(CASES[2]), unit: 'events/s', atLeast: 200_000 }],
  run,
}

async function run(context: Context): Promise<{ rows: Row[]; notes: string[] }> {
  const events = context.quick ? 300_000 : 3_000_000
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
  const setQueue = (brokers: string[], consumers = 1) =>
    ensureSchema(connection, { brokers, consumers }, context.folder)
  await setQueue([])
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
  for (const one of CASES) {
    const { perMessage, consumers } = one
    context.say(`  filling the topic: ${events.toLocaleString('en')} events, ${perMessage} a message`)
    await fill(producer, server.url, { first, events, perMessage })
    first += events
    if (rows.length === 0) {
      context.say('  draining into Postgres, as the seeds do')
      const stored = await drainIntoPostgres(context, kafka, events / 10)
      rows.push(row('pipeline', POSTGRES, stored, 'events/s'))
    }
    context.say('  draining')
    await setQueue([broker.brokers], consumers)
    const rate = await drained(clickhouse, first, events)
    rows.push(row('pipeline', nameOf(one), rate, 'events/s', POSTGRES, rows))
    await setQueue([])
  }
  const views = await clickhouse.rows<{ views: number }>(
    "SELECT count() AS views FROM system.tables WHERE database = currentDatabase() AND engine = 'MaterializedView'",
  )
  return { rows, notes: [`${views[0]?.views} materialized views attached`] }
}

/** Puts generated events on the topic, made by ClickHouse and read from it as lines. */
async function fill(
  producer: QueueProducer,
  url: string,
  {
    first,
    events,
    perMessage,
  }: { readonly first: number; readonly events: number; readonly perMessage: number },
): Promise<void> {
  const day = new Date().toISOString().slice(0, 10)
  const query = new URLSearchParams({
    user: 'default',
    param_day: day,
    param_first: String(first),
    param_count: String(events),
    // A busy day, of which these are some minutes.
    param_per_day: String(100 * events),
    param_offset: '0',
    output_format_json_quote_64bit_integers: '0',
    output_format_json_quote_decimals: '1',
  })
  const response = await fetch(`${url}/?${query}`, {
    method: 'POST',
    body: `${generatedDay(POPULATION, 'wire')} FORMAT JSONEachRow`,
  })
  if (!response.ok || !response.body) throw new Error(await response.text())
  let partition = 0
  let message: string[] = []
  const send = async () => {
    await producer.send(EVENTS_QUEUE, [{ partition, value: Buffer.from(message.join('\n')) }])
    partition = (partition + 1) % PARTITIONS
    message = []
  }
  let rest = ''
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (message.push(asEdgesWrite(line)) === perMessage) await send()
  }
  if (message.length > 0) await send()
}

/** The line as an edge writes it: what is empty is absent, no slash is escaped. */
function asEdgesWrite(line: string): string {
  const fields = Object.entries(JSON.parse(line) as Record<string, unknown>)
  return JSON.stringify(
    Object.fromEntries(fields.filter(([, value]) => value !== '' && value !== null && value !== false)),
  )
}

/** Events a second between the first and the last that were seen. @throws when nothing moves for a minute */
async function drained(clickhouse: ClickHouse, total: number, events: number): Promise<number> {
  const count = async () =>
    (await clickhouse.rows<{ rows: number }>('SELECT count() AS rows FROM events_log'))[0]?.rows ?? 0
  const before = total - events
  let seen = 0
  let [begunAt, begunWith, movedAt] = [0, 0, performance.now()]
  for (;;) {
    const now = performance.now()
    const rows = (await count()) - before
    if (rows > seen) {
      if (seen === 0) [begunAt, begunWith] = [now, rows]
      ;[seen, movedAt] = [rows, now]
    }
    if (rows >= events) return ((events - begunWith) / (now - begunAt)) * 1_000
    if (now - movedAt > 60_000) throw new Error(`only ${rows} of ${events} events arrived`)
    await Bun.sleep(10)
  }
}
