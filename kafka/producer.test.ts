import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureTopics, tailTopic } from './admin.ts'
import { type Broker, spawnBroker } from './broker/spawn.ts'
import { kafkaClient } from './client.ts'
import { type QueueProducer, startProducer } from './producer.ts'
import { EVENTS_QUEUE, EVENTS_REJECTED, MAX_MESSAGE_BYTES, topics } from './topics.ts'

const folder = mkdtempSync(join(tmpdir(), 'rtpx-producer-'))
let broker: Broker
let producer: QueueProducer

beforeAll(async () => {
  broker = await spawnBroker({ dataDir: folder })
  await ensureTopics(kafkaClient({ brokers: [broker.brokers], clientId: 'test' }), topics(4, 1), 1)
  producer = startProducer({
    brokers: [broker.brokers],
    clientId: 'test',
    topics: [EVENTS_QUEUE, EVENTS_REJECTED],
    sendTimeoutMs: 2_000,
    reconnectMs: 50,
  })
}, 180_000)
afterAll(async () => {
  await producer.close()
  await broker.stop()
  rmSync(folder, { recursive: true })
}, 180_000)

/** The next lines that reach `events_queue`, in no order. */
async function received(lines: number): Promise<string[]> {
  const seen: string[] = []
  await tailTopic(kafkaClient({ brokers: [broker.brokers], clientId: 'test' }), {
    topic: EVENTS_QUEUE,
    fromBeginning: true,
    onEvent: (line) => seen.push(line) < lines,
    signal: AbortSignal.timeout(20_000),
  })
  return seen.sort()
}

async function connected(): Promise<void> {
  while (!producer.connected) await Bun.sleep(10)
}

const message = (partition: number, text: string) => ({ partition, value: Buffer.from(text) })

test('what it acknowledges is in the topic, from memory that is the caller’s again at once', async () => {
  await connected()
  const shared = Buffer.from('{"n":0}')
  const first = producer.send(EVENTS_QUEUE, [{ partition: 3, value: shared }])
  shared.fill('x')
  const texts = ['{"n":1}', `{"n":"${'é'.repeat(400_000)}"}`]
  await Promise.all([
    first,
    producer.send(
      EVENTS_QUEUE,
      texts.map((text, index) => message(index, text)),
    ),
  ])
  expect(await received(3)).toEqual(['{"n":0}', ...texts].sort())
}, 180_000)

test('a message over the limit is refused for good, and the producer stays', async () => {
  await connected()
  const huge = producer.send(EVENTS_QUEUE, [message(0, 'x'.repeat(MAX_MESSAGE_BYTES))])
  await expect(huge).rejects.toMatchObject({ name: 'QueueError', retriable: false })
  expect(producer.connected).toBe(true)
})

test.each([
  ['two messages for one partition', EVENTS_QUEUE, [message(0, 'a'), message(0, 'b')]],
  ['a partition that is not there', EVENTS_QUEUE, [message(9, 'a')]],
  ['a topic it was not told of', 'other', [message(0, 'a')]],
] as const)('%s is an error, never an acknowledgement', async (_what, topic, messages) => {
  await connected()
  await expect(producer.send(topic, messages)).rejects.toMatchObject({ name: 'QueueError' })
})
