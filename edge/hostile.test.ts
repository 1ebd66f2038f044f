// What a stranger sends hurts nobody: a real edge on a real broker and a real ClickHouse.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { type Event, EventSchema } from '@rtpx/kafka/event'
import { EVENTS_QUEUE } from '@rtpx/kafka/topics'
import { Value } from '@sinclair/typebox/value'
import type { EdgeProcess } from './faults/edge-process.ts'
import { System } from './faults/system.ts'
import { readTopic } from './faults/topic.ts'
import { drip } from './hostile/drip.ts'
import { type Exchange, exchange } from './hostile/exchange.ts'
import { type HostileRequest, hostileRequests } from './hostile/requests.ts'
import { differences, EVENT_ROW, type EventRow } from './hostile/same-event.ts'

const REQUESTS = 10_000
const SEED = 20_260_304
const AT_ONCE = 32
/** For requests that ask for no answer: long enough for the ones that get one all the same. */
const IMPATIENT_MS = 250
/** More than an edge ever needs, far less than what these requests would leave behind. */
const MAX_RSS_BYTES = 400 * 1024 ** 2

let system: System
let edge: EdgeProcess
beforeAll(async () => {
  system = await System.start()
  edge = await system.startEdge('hostile')
}, 120_000)
afterAll(() => system.stop(), 180_000)

const residentBytes = () =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${edge.pid}/status`, 'utf8'))?.[1]) * 1024

const get = (path: string, headers = '') => Buffer.from(`GET ${path} HTTP/1.1\r\nHost: e\r\n${headers}\r\n`)

const VISIT = '/visit?pid=good&btag=good'

/** Sends the requests, so many at once, and calls back with each answer. */
async function sendAll(
  requests: readonly HostileRequest[],
  onAnswer: (request: HostileRequest, answer: Exchange) => void,
): Promise<void> {
  const waiting = requests.values()
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const request of waiting) {
        const timeoutMs = request.isWhole ? 20_000 : IMPATIENT_MS
        onAnswer(request, await exchange(edge.port, request.bytes, { ...request, timeoutMs }))
      }
    }),
  )
}

test(`${REQUESTS} hostile requests: no crash, no 5xx but 503, and every accepted event is stored as it was sent on`, async () => {
  const failures: string[] = []
  const statuses = new Map<number | undefined, number>()
  const ids = new Set<string>()
  let accepted = 0
  await sendAll(hostileRequests(REQUESTS, SEED), ({ bytes, isWhole }, { status, head, body }) => {
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
    const isFailure = status === undefined ? isWhole : status >= 500 && status !== 503
    if (isFailure)
      failures.push(`${status} ${body.slice(0, 200)} for ${bytes.toString('latin1').slice(0, 300)}`)
    if (status === 202) accepted += (JSON.parse(body) as { accepted: number }).accepted
    const id = /\r\nx-event-id: *(\S+)/i.exec(head)?.[1]
    if (id) {
      accepted += 1
      ids.add(id)
    }
  })
  expect(failures.slice(0, 5)).toEqual([])
  expect(accepted).toBeGreaterThan(REQUESTS / 4)
  for (const status of [400, 404, 413, 415]) expect(statuses.get(status)).toBeGreaterThan(0)
  expect(residentBytes()).toBeLessThan(MAX_RSS_BYTES)
  expect((await exchange(edge.port, get(VISIT))).status).toBe(200)

  const events: Event[] = []
  await readTopic(system.kafka, EVENTS_QUEUE, (line) => void events.push(JSON.parse(line) as Event))
  const outsideContract = events.filter((event) => !Value.Check(EventSchema, event))
  expect(outsideContract.slice(0, 3)).toEqual([])
  expect(ids.difference(new Set(events.map(({ event_id }) => event_id))).size).toBe(0)
  // One more is the good one; the edge may have taken what a client was too impatient to hear of.
  const taken = events.length + (await edge.metric('rtpx_edge_events_deduplicated_total'))
  expect(taken).toBeGreaterThanOrEqual(accepted + 1)

  const sent = Map.groupBy(events, keyOf)
  const rows = await storedRows(sent.size)
  const wrong = [...sent].flatMap(([key, deliveries]) => {
    const found = rows.get(key) ?? []
    // Of an event that came more than once, the first arrival stays.
    const firstAt = Math.min(...deliveries.map(({ created_at }) => created_at))
    const first = deliveries.filter(({ created_at }) => created_at === firstAt)
    const isSame = found.some((row) => first.some((event) => differences(event, row).length === 0))
    return isSame && found.length === 1 ? [] : [{ first, found }]
  })
  expect(wrong.slice(0, 3)).toEqual([])
  expect(
    await system.clickhouse.rows('SELECT * FROM rejected_events WHERE source = {source:String}', {
      source: 'queue',
    }),
  ).toEqual([])
}, 180_000)

/** What `events` knows an event by. */
const keyOf = (event: { site_id: unknown; event_date: unknown; event_type: unknown; event_id: unknown }) =>
  `${event.site_id} ${event.event_date} ${event.event_type} ${event.event_id}`

/** Rows by key, once ClickHouse has so many. */
async function storedRows(keys: number): Promise<Map<string, EventRow[]>> {
  const deadline = performance.now() + 60_000
  for (;;) {
    const rows = await system.clickhouse.rows<EventRow>(EVENT_ROW)
    if (rows.length >= keys || performance.now() > deadline) {
      expect(rows.length).toBe(keys)
      return Map.groupBy(rows, keyOf)
    }
    await Bun.sleep(100)
  }
}

test('slow headers and slow bodies are cut off, and meanwhile another client is served', async () => {
  const slow = await drip(edge.port, 200)
  const answers: Exchange[] = []
  while (slow.open() > 0 && slow.elapsedMs() < 60_000) {
    answers.push(await exchange(edge.port, get(VISIT)))
    await Bun.sleep(50)
  }
  const left = slow.open()
  slow.stop()
  expect(left).toBe(0)
  expect(answers.length).toBeGreaterThan(10)
  expect(answers.filter(({ status }) => status !== 200)).toEqual([])
}, 180_000)

test('a page of another origin may send, and never with credentials', async () => {
  const origin = 'Origin: https://brand.example\r\n'
  const post = (type: string) => {
    const body = '{"event_type":"click"}'
    return Buffer.from(
      `POST /api/events HTTP/1.1\r\nHost: e\r\n${origin}Content-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
  }
  const preflight = Buffer.from(
    `OPTIONS /api/events HTTP/1.1\r\nHost: e\r\n${origin}Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: content-type\r\n\r\n`,
  )
  const head = Buffer.from(`HEAD ${VISIT} HTTP/1.1\r\nHost: e\r\n${origin}\r\n`)
  const before = await edge.metric('rtpx_edge_events_accepted_total')
  const answers = {
    beacon: await exchange(edge.port, post('text/plain;charset=UTF-8')),
    fetch: await exchange(edge.port, post('application/json')),
    pixel: await exchange(edge.port, get(VISIT, origin)),
    refused: await exchange(edge.port, get('/visit', origin)),
    preflight: await exchange(edge.port, preflight),
    head: await exchange(edge.port, head, { isHead: true }),
  }
  expect(Object.fromEntries(Object.entries(answers).map(([name, { status }]) => [name, status]))).toEqual({
    beacon: 202,
    fetch: 202,
    pixel: 200,
    refused: 400,
    preflight: 204,
    head: 200,
  })
  for (const { head } of Object.values(answers)) {
    expect(head).toMatch(/\r\naccess-control-allow-origin: \*/i)
    expect(head).not.toMatch(/access-control-allow-credentials|set-cookie/i)
  }
  expect(answers.preflight.head).toMatch(/\r\naccess-control-allow-methods: [^\r]*POST/i)
  expect(answers.preflight.head).toMatch(/\r\naccess-control-allow-headers: [^\r]*content-type/i)
  // HEAD and OPTIONS count nothing.
  expect((await edge.metric('rtpx_edge_events_accepted_total')) - before).toBe(3)
})

test('a batch is answered alike whether it takes the short way or goes through the routes', async () => {
  const ask = (target: string, body: Buffer, headers: string) =>
    exchange(
      edge.port,
      Buffer.concat([
        Buffer.from(`POST ${target} HTTP/1.1\r\nHost: e\r\n${headers}Content-Length: ${body.length}\r\n\r\n`),
        body,
      ]),
    )
  const good = '{"event_type":"click"}'
  const gzip = 'Content-Encoding: gzip\r\n'
  const cases: [body: Buffer, headers?: string][] = [
    [Buffer.from(good)],
    [Buffer.from(`[${good},{"event_type":"visit"},3]`)],
    [Buffer.from(`${good}\nno json\n`)],
    [Buffer.from('{"events":[]}')],
    [Buffer.from('[{"event_type":"visit"}]')],
    [Buffer.from([0xff, 0xfe])],
    [Buffer.from('no json')],
    [gzipSync(good), gzip],
    [Buffer.from(good), gzip],
    [Buffer.from(good), 'Content-Encoding: br\r\n'],
    [Buffer.from(good), 'Authorization: Bearer a-key-that-no-site-has\r\n'],
    [Buffer.from(good), 'Connection: close\r\n'],
  ]
  for (const [body, headers = ''] of cases) {
    const short = await ask('/api/events', body, headers)
    const routed = await ask('/api/events?', body, headers)
    const seen = ({ status, head, body }: Exchange) => ({
      status,
      body,
      headers: head
        .toLowerCase()
        .split('\r\n')
        .slice(1)
        .sort()
        .filter((line) => !line.startsWith('date:')),
    })
    expect(seen(short)).toEqual(seen(routed))
  }
})

/** Answers to many pixels from one address, each with another X-Forwarded-For. */
async function flood(port: number, pixels: number): Promise<Exchange[]> {
  const numbers = Array.from({ length: pixels }, (_, index) => index).values()
  const answers: Exchange[] = []
  await Promise.all(
    Array.from({ length: 50 }, async () => {
      for (const index of numbers) {
        const forwarded = `X-Forwarded-For: 198.51.${index >> 8}.${index & 255}\r\n`
        answers.push(await exchange(port, get(VISIT, forwarded), { localAddress: '127.0.0.2' }))
      }
    }),
  )
  return answers
}

const LIMITED = { RATE_PER_ADDRESS: '5', RATE_PER_ADDRESS_BURST: '50' }

test('a flood from one address is told to wait, whatever it forwards, and others pass', async () => {
  const { port } = await system.startEdge('limited', LIMITED)
  const flooding = flood(port, 300)
  const others: Exchange[] = []
  for (let index = 0; index < 100; index += 1) others.push(await exchange(port, get(VISIT)))
  expect(others.filter(({ status }) => status !== 200)).toEqual([])
  const answers = await flooding
  const limited = answers.filter(({ status }) => status === 429)
  expect(limited.length).toBeGreaterThan(200)
  expect(limited.filter(({ head }) => !/\r\nretry-after: [1-9]/i.test(head))).toEqual([])
  expect(answers.filter(({ status }) => status !== 200 && status !== 429)).toEqual([])
}, 180_000)

test('who sends more than it may waits for each refusal, others meanwhile do not', async () => {
  const { port } = await system.startEdge('held_back', { ...LIMITED, RATE_PER_ADDRESS: '1' })
  await flood(port, 60)
  let refused = 0
  const flooding = (async () => {
    while (refused < 3) refused += (await flood(port, 5)).filter(({ status }) => status === 429).length
  })()
  let others = 0
  while (refused < 3) others += Number((await exchange(port, get(VISIT))).status === 200)
  await flooding
  // With the refusals at once it would be about one for one.
  expect(others).toBeGreaterThan(10)
}, 180_000)

test('behind a proxy that is trusted each client has its own share', async () => {
  const { port } = await system.startEdge('behind_proxy', { ...LIMITED, TRUSTED_PROXIES: '127.0.0.2' })
  const answers = await flood(port, 300)
  expect(answers.filter(({ status }) => status !== 200)).toEqual([])
}, 180_000)
