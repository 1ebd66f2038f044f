import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeTopic, ensureTopics, listTopics, tailTopic } from './admin.ts'
import { type Broker, spawnBroker } from './broker/spawn.ts'
import { kafkaClient } from './client.ts'
import { evictMembers } from './group.ts'
import { topics } from './topics.ts'

const folder = mkdtempSync(join(tmpdir(), 'rtpx-admin-'))
let broker: Broker
const client = () => kafkaClient({ brokers: [broker.brokers], clientId: 'test' })

beforeAll(async () => {
  broker = await spawnBroker({ dataDir: folder })
}, 180_000)
afterAll(async () => {
  await broker.stop()
  rmSync(folder, { recursive: true })
}, 120_000)

async function send(topic: string, partition: number, lines: readonly string[]) {
  const producer = client().producer()
  await producer.connect()
  await producer.send({ topic, messages: [{ value: lines.join('\n'), partition }] })
  await producer.disconnect()
}

test('missing topics are made as described, also by two at once, and existing ones left alone', async () => {
  const both = await Promise.all([
    ensureTopics(client(), topics(4, 1), 1),
    ensureTopics(client(), topics(4, 1), 1),
  ])
  for (const made of both)
    expect(Object.fromEntries(made)).toEqual({ events_queue: 4, events_rejected: 1, rtpx_clock: 1 })
  expect((await ensureTopics(client(), topics(9, 1), 1)).get('events_queue')).toBe(4)
  const described = await describeTopic(client(), 'events_queue')
  expect(described?.config).toEqual({ 'max.message.bytes': '1048576', 'retention.ms': '604800000' })
  expect(described?.partitions.map(({ partition }) => partition)).toEqual([0, 1, 2, 3])
  expect(described?.partitions[0]).toEqual({
    partition: 0,
    leader: 1,
    replicas: 1,
    inSync: 1,
    first: 0n,
    next: 0n,
  })
  expect(await describeTopic(client(), 'absent')).toBeUndefined()
}, 120_000)

test('a tail shows each event of each message, and leaves no group and no commit behind', async () => {
  await ensureTopics(client(), topics(4, 1), 1)
  await send('events_queue', 0, ['{"n":1}', '{"n":2}'])
  await send('events_queue', 3, ['{"n":3}', ''])
  const seen: string[] = []
  await tailTopic(client(), {
    topic: 'events_queue',
    fromBeginning: true,
    onEvent: (line) => seen.push(line) < 3,
    signal: AbortSignal.timeout(20_000),
  })
  expect(seen.sort()).toEqual(['{"n":1}', '{"n":2}', '{"n":3}'])
  const admin = client().admin()
  await admin.connect()
  expect((await admin.listGroups()).groups).toEqual([])
  await admin.disconnect()
  expect((await listTopics(client())).map(({ name, messages }) => [name, messages])).toEqual([
    ['events_queue', 2n],
    ['events_rejected', 0n],
    ['rtpx_clock', 0n],
  ])
}, 120_000)

test('a tail ends when it is told to, and the lag is that of the group', async () => {
  const stop = new AbortController()
  const tail = tailTopic(client(), {
    topic: 'events_rejected',
    fromBeginning: false,
    onEvent: () => true,
    signal: stop.signal,
  })
  await Bun.sleep(500)
  stop.abort()
  await tail
  const admin = client().admin()
  await admin.connect()
  await admin.setOffsets({
    groupId: 'rtpx_events',
    topic: 'events_queue',
    partitions: [{ partition: 0, offset: '0' }],
  })
  await admin.disconnect()
  const lags = (await describeTopic(client(), 'events_queue'))?.partitions.map(({ lag }) => lag)
  expect(lags).toEqual([1n, undefined, undefined, undefined])
}, 120_000)

test('a consumer that was killed is taken out of its group, another is left in', async () => {
  await ensureTopics(client(), topics(4, 1), 1)
  const script = `
    import { kafkaClient } from ${JSON.stringify(join(import.meta.dir, 'client.ts'))}
    const consumer = kafkaClient({ brokers: ['${broker.brokers}'], clientId: process.argv[1] })
      .consumer({ groupId: 'readers', sessionTimeout: 30_000 })
    consumer.on(consumer.events.GROUP_JOIN, () => console.log('joined'))
    await consumer.connect()
    await consumer.subscribe({ topic: 'events_queue' })
    await consumer.run({ eachMessage: async () => {} })`
  const consumers = ['dead', 'alive'].map((name) =>
    Bun.spawn([process.execPath, '-e', script, name], { stdout: 'pipe', stderr: 'inherit' }),
  )
  for (const consumer of consumers) await consumer.stdout.getReader().read()
  consumers[0]?.kill('SIGKILL')
  await consumers[0]?.exited
  expect(await evictMembers(client(), 'readers', 'dead-')).toBe(1)
  const admin = client().admin()
  await admin.connect()
  const members = (await admin.describeGroups(['readers'])).groups[0]?.members ?? []
  await admin.disconnect()
  expect(members.map(({ clientId }) => clientId)).toEqual(['alive'])
  expect(await evictMembers(client(), 'nobody', '')).toBe(0)
  consumers[1]?.kill()
  await consumers[1]?.exited
}, 120_000)
