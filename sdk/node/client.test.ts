/** The server's client against the real edge's routes: everything arrives once, or is told of. */
import { expect, test } from 'bun:test'
import { SinkError } from '@rtpx/edge/sinks/sink'
import { type TestEdgeOptions, testEdge } from '@rtpx/edge/testing'
import { until } from '../testing/until.ts'
import { createClient } from './client.ts'
import type { SentEvent } from './event.ts'
import type { Client, ClientOptions } from './options.ts'

const KEY = 'a-server-key-of-16-or-more'
const SITE = {
  site_id: 'shop',
  domains: [],
  time_zone: 'UTC',
  takes_all: false,
  key_hashes: [new Bun.CryptoHasher('sha256').update(KEY).digest('hex')],
  settings: { source_ip: 'full', honours_opt_out: false },
} as const

/** A client, the edge it sends to, and what came back. */
function pair(options: Partial<ClientOptions> = {}, edgeOptions: TestEdgeOptions = {}) {
  const edge = testEdge({ now: Date.now, sites: [SITE], ...edgeOptions })
  const requests: RequestInit[] = []
  const rejected: string[][] = []
  const dropped: [SentEvent, string][] = []
  const client = createClient({
    url: 'http://edge.test/under/a/path',
    key: KEY,
    lingerMs: 1,
    onRejected: (event, { code, field }) => rejected.push([event.event_type, code, field]),
    onDropped: (event, why) => dropped.push([event, why]),
    fetch: async (url, init) => {
      expect(url).toBe('http://edge.test/under/a/path/api/events')
      requests.push(init)
      return edge.send('/api/events', init)
    },
    ...options,
  })
  return { client, edge, requests, rejected, dropped }
}

const emitMany = (client: Client, count: number) =>
  Array.from({ length: count }, (_, index) => client.emit('tick', { player_id: 'p', index }))

test('an event arrives with what only a server may say of it', async () => {
  const { client, edge } = pair()
  const id = client.emit('deposit', {
    player_id: 7,
    banner_tag: 'b',
    amount: 1_234_567_890_123_456_789n,
    currency: 'EUR',
    transaction_id: 't1',
    occurred_at: new Date(Date.now() - 5_000),
    source_ip: '203.0.113.9',
    user_agent: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0',
    table: 'roulette',
  })
  await client.flush()
  expect(edge.events()).toMatchObject([
    {
      event_id: id,
      site_id: 'shop',
      player_id: '7',
      amount: '1234567890123456789',
      country: 'NZ',
      browser: 'Firefox',
      metadata: '{"table":"roulette"}',
    },
  ])
  expect(Date.now() - (edge.events()[0]?.occurred_at ?? 0)).toBeGreaterThanOrEqual(5_000)
  expect(client.pending).toBe(0)
})

test('many events leave in few requests, in order, large ones as gzip', async () => {
  const { client, edge, requests } = pair()
  const ids = emitMany(client, 2_000)
  expect(client.pending).toBe(2_000)
  await client.flush()
  expect(edge.events().map(({ event_id }) => event_id)).toEqual(ids as string[])
  expect(requests).toHaveLength(4)
  expect(new Headers(requests[0]?.headers).get('content-encoding')).toBe('gzip')
})

test('batches stay under what the edge takes, however long the events are', async () => {
  const { client, edge, requests } = pair({}, { limits: { maxPendingBytes: 67_108_864 } })
  for (let index = 0; index < 500; index += 1) client.emit('tick', { text: '中'.repeat(1_000), index })
  await client.flush()
  expect(edge.events()).toHaveLength(500)
  expect(requests.length).toBeGreaterThan(2)
})

test('what the edge refuses is told, and the others count', async () => {
  const { client, edge, rejected } = pair()
  client.emit('visit', { player_id: 'p' })
  client.emit('visit', { player_id: 'p', banner_tag: 'b' })
  client.emit('Bad Name')
  await client.flush()
  await until(
    () => rejected,
    [
      ['visit', 'missing_field', 'banner_tag'],
      ['Bad Name', 'bad_field', 'event_type'],
    ],
  )
  expect(edge.events()).toHaveLength(1)
})

test('a wrong key: each event is told of, none is sent again', async () => {
  const { client, rejected, requests } = pair({ key: 'another-key-of-16-or-more' })
  emitMany(client, 3)
  await client.flush()
  await until(() => rejected, Array(3).fill(['tick', 'bad_key', '']))
  expect(requests).toHaveLength(1)
})

test('503, a lost answer and a broken one: sent again under the same ids, counted once', async () => {
  const edge = testEdge({ now: Date.now, sites: [SITE] })
  edge.sink.failure = new SinkError('queue_down', 'for a test', true)
  let requests = 0
  const { client } = pair({
    fetch: async (_, init) => {
      requests += 1
      const response = await edge.send('/api/events', init)
      edge.sink.failure = undefined
      if (requests === 2) throw new Error('connection reset')
      if (requests === 3) return new Response('<html>', { status: 202 })
      return response
    },
  })
  const ids = emitMany(client, 2)
  await client.flush()
  expect(requests).toBe(4)
  expect(edge.events().map(({ event_id }) => event_id)).toEqual(ids as string[])
  expect(edge.stats.deduplicated).toBe(4)
})

test('events beyond the site’s rate are sent again until they count', async () => {
  const { client, edge, rejected } = pair({}, { perSite: { perSecond: 4, burst: 2 } })
  emitMany(client, 3)
  await client.flush()
  expect(edge.events()).toHaveLength(3)
  expect(rejected).toEqual([])
})

test('a full queue, an event that is none, and one after the end are dropped aloud', async () => {
  const { client, edge, dropped } = pair({ maxQueuedEvents: 2, lingerMs: 60_000 })
  const cycle: Record<string, unknown> = {}
  cycle.self = cycle
  expect(client.emit('unsendable', cycle)).toBeUndefined()
  expect(client.emit('unsendable', { text: 'x'.repeat(65_536) })).toBeUndefined()
  expect(emitMany(client, 3).filter(Boolean)).toHaveLength(2)
  expect(await client.close()).toBe(0)
  expect(client.emit('late')).toBeUndefined()
  await until(
    () => dropped.map(([{ event_type: type }, why]) => [type, why]),
    [
      ['unsendable', 'unsendable'],
      ['unsendable', 'unsendable'],
      ['tick', 'queue_full'],
      ['late', 'closed'],
    ],
  )
  expect(edge.events()).toHaveLength(2)
})

test('close: the rest is sent at once; while the edge is away it gives up in time and says what is left', async () => {
  const { client, edge } = pair({ lingerMs: 60_000 })
  emitMany(client, 3)
  expect(await Promise.all([client.close(), client.close()])).toEqual([0, 0])
  expect(edge.events()).toHaveLength(3)

  const alone = pair({
    fetch: (_, { signal }) => new Promise((_, fail) => signal?.addEventListener('abort', fail)),
  })
  emitMany(alone.client, 3)
  expect(await alone.client.close(50)).toBe(3)
  await until(
    () => alone.dropped.map(([{ index }, why]) => [index, why]),
    [
      [0, 'closed'],
      [1, 'closed'],
      [2, 'closed'],
    ],
  )
  await alone.client.flush()
})

test('a client that cannot work says so when it is made', () => {
  expect(() => createClient({ url: 'nowhere', key: KEY })).toThrow(TypeError)
  expect(() => createClient({ url: 'http://edge.test', key: '' })).toThrow('a server key')
})
