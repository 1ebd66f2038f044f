/** Where webhooks may lead: never to what only this machine or its network can reach, whatever a name says or says next. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { networks } from '@rtpx/clickhouse/settings'
import { attemptOf } from './attempt.ts'
import { type PostRules, post } from './post.ts'
import { isPublic, placeOf, RefusedTarget } from './target.ts'

/** A listener on loopback; nothing that is refused may reach it. */
let listener: ReturnType<typeof Bun.serve>
let answer: (request: Request) => Response | Promise<Response> = () => new Response('ok')
const seen: string[] = []

beforeAll(() => {
  listener = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: (request) => {
      seen.push(`${request.method} ${new URL(request.url).pathname} ${request.headers.get('host')}`)
      return answer(request)
    },
  })
})
afterAll(() => listener.stop(true))

const port = () => listener.port ?? 0
const rules = (more: Partial<PostRules> = {}): PostRules => ({
  resolve: async () => ['127.0.0.1'],
  allowed: networks([]),
  ports: [80, 443, port()],
  timeoutMs: 1_000,
  now: Date.now,
  ...more,
})
const PUBLIC = '93.184.215.14'

test.each([
  '0.0.0.0',
  '10.1.2.3',
  '100.64.0.1',
  '100.100.100.200',
  '127.0.0.1',
  '127.255.255.254',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.192',
  '192.168.1.1',
  '198.18.0.1',
  '203.0.113.9',
  '224.0.0.1',
  '239.255.255.250',
  '240.0.0.1',
  '255.255.255.255',
  '168.63.129.16',
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::127.0.0.1',
  '64:ff9b::7f00:1',
  '64:ff9b:1::1',
  '100::1',
  'fe80::1',
  'fec0::1',
  'fc00::1',
  'fd00:ec2::254',
  'ff02::1',
  '2001::1',
  '2001:db8::1',
  '2002:7f00:1::',
  '3fff::1',
  '5f00::1',
  'not an address',
  '',
])('%s is no public address', (address) => {
  expect(isPublic(address)).toBe(false)
})

test.each([PUBLIC, '1.1.1.1', '172.32.0.1', '192.169.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450::1'])(
  '%s is a public address',
  (address) => expect(isPublic(address)).toBe(true),
)

test('a webhook to the own network is refused before anything is sent', async () => {
  const at = port()
  const hosts = [
    '127.0.0.1',
    'localhost',
    'internal.test',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '0x7f.1',
    '2130706433',
    '0177.0.0.1',
    '127.1',
    '0',
    '169.254.169.254',
    '[fe80::1]',
    '0.0.0.0',
    '127.0.0.1.',
    'ⓛⓞⓒⓐⓛⓗⓞⓢⓣ',
  ]
  for (const host of hosts) {
    const outcome = await post(`http://${host}:${at}/secret`, '{}', {}, rules())
    expect([host, outcome.outcome]).toEqual([host, 'dead'])
  }
  expect(seen).toEqual([])
})

test('one private address among public ones is enough to refuse', async () => {
  const resolve = async () => [PUBLIC, '10.0.0.1']
  expect(placeOf(new URL('http://mixed.test/'), { ...rules(), resolve })).rejects.toThrow(RefusedTarget)
})

test('a name that leads elsewhere a moment later is asked once, and the judged address is used', async () => {
  let asked = 0
  const resolve = async () => (asked++ === 0 ? [PUBLIC] : ['127.0.0.1'])
  const place = await placeOf(new URL('http://rebind.test/'), { ...rules(), resolve })
  expect(place).toEqual({ address: PUBLIC, port: 80, hostname: 'rebind.test' })
  expect(asked).toBe(1)
  // Through the whole way: what is refused on the second look was never connected to on the first.
  const flipped = await post(`http://rebind.test:${port()}/x`, '{}', {}, rules({ resolve, timeoutMs: 300 }))
  expect(flipped.outcome).toBe('dead')
  expect(seen).toEqual([])
})

test('only some ports, unless the owner allows the network', async () => {
  const url = new URL('http://hook.test:6379/')
  expect(placeOf(url, { ...rules(), resolve: async () => [PUBLIC] })).rejects.toThrow('port 6379')
  const allowed = networks(['127.0.0.0/8'])
  expect(await placeOf(url, { ...rules(), allowed })).toMatchObject({ address: '127.0.0.1', port: 6379 })
})

test('what the owner allows is reached by its address, under its name', async () => {
  const outcome = await post(
    `http://hook.test:${port()}/hook?a=1`,
    '{}',
    { 'x-a': 'b' },
    rules({ allowed: networks(['127.0.0.1']) }),
  )
  expect(outcome).toEqual({ outcome: 'sent' })
  expect(seen.splice(0)).toEqual([`POST /hook hook.test:${port()}`])
})

test('redirects are not followed', async () => {
  answer = () => Response.redirect(`http://127.0.0.1:${port()}/elsewhere`, 307)
  const outcome = await post(
    `http://hook.test:${port()}/from`,
    '{}',
    {},
    rules({ allowed: networks(['127.0.0.1']) }),
  )
  expect(outcome).toMatchObject({
    outcome: 'dead',
    error: expect.stringContaining('redirects are not followed'),
  })
  expect(seen.splice(0)).toEqual([`POST /from hook.test:${port()}`])
})

test('an answer that never ends, and one that never begins, are cut off', async () => {
  const allowed = networks(['127.0.0.1'])
  let sent = 0
  answer = () =>
    new Response(
      new ReadableStream({
        async pull(controller) {
          await Bun.sleep(1)
          controller.enqueue(new Uint8Array(4_096).fill(97))
          sent += 4_096
        },
      }),
      { status: 500 },
    )
  const endless = await post(`http://hook.test:${port()}/`, '{}', {}, rules({ allowed, timeoutMs: 5_000 }))
  expect(endless).toMatchObject({ outcome: 'retry', error: expect.stringMatching(/^answered 500: a{200}$/) })
  expect(sent).toBeLessThan(1_000_000)
  answer = () => new Promise(() => undefined)
  const silent = await post(`http://hook.test:${port()}/`, '{}', {}, rules({ allowed, timeoutMs: 200 }))
  expect(silent).toEqual({ outcome: 'retry', error: 'no answer within 0.2 s' })
  const stuck = rules({ allowed, timeoutMs: 200, resolve: () => new Promise(() => undefined) })
  expect(await post('http://hook.test/', '{}', {}, stuck)).toMatchObject({ outcome: 'retry' })
  const closed = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response('') })
  const gone = closed.port
  await closed.stop(true)
  expect(await post(`http://hook.test:${gone}/`, '{}', {}, rules({ allowed }))).toMatchObject({
    outcome: 'retry',
  })
})

test('what an answer means', () => {
  const now = Date.UTC(2026, 10, 21)
  expect(attemptOf(204, undefined, now)).toEqual({ outcome: 'sent' })
  expect(attemptOf(404, undefined, now).outcome).toBe('dead')
  expect(attemptOf(410, undefined, now).outcome).toBe('dead')
  expect(attemptOf(429, '120', now)).toEqual({ outcome: 'retry', error: 'answered 429', afterMs: 120_000 })
  expect(attemptOf(503, 'Sat, 21 Nov 2026 00:01:00 GMT', now)).toMatchObject({ afterMs: 60_000 })
  expect(attemptOf(503, 'tomorrow', now)).toEqual({ outcome: 'retry', error: 'answered 503' })
})
