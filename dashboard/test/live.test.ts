/**
 * The line at `/live` on the real engine and the built dashboard: a thousand watchers cost what one costs, all of them hear
 * of an event within a second or so, and an open page comes back by itself whatever happens to its line.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import type { Browser } from 'playwright-core'
import { applyPatch, type Operation } from '#lib/live/patch.ts'
import type { Overview } from '#lib/overview.ts'
import { launchBrowser } from './browser.ts'
import { type Stack, startStack } from './stack.ts'

setDefaultTimeout(120_000)

const WATCHERS = 1_200

let stack: Stack
let browser: Browser
/** Stands before ClickHouse and counts what the dashboard asks. */
let counting: ReturnType<typeof Bun.serve>
let asked = 0

beforeAll(async () => {
  counting = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: async (request) => {
      asked += 1
      const { pathname, search } = new URL(request.url)
      const { method, headers } = request
      headers.delete('accept-encoding')
      const body = method === 'POST' ? await request.bytes() : null
      return fetch(new URL(pathname + search, stack.clickhouseUrl), { method, headers, body })
    },
  })
  stack = await startStack('http://edge.test', {
    CLICKHOUSE_URL: `http://127.0.0.1:${counting.port}`,
    LIVE_CONNECTIONS_PER_CALLER: String(WATCHERS),
    LIVE_QUESTIONS_PER_CALLER: '2',
  })
  browser = await launchBrowser()
}, 120_000)

afterAll(async () => {
  await browser?.close()
  await stack?.stop()
  await counting?.stop(true)
})

/** A client of the API: holds the newest state of what it asks. */
class Client {
  readonly states = new Map<number, unknown>()
  readonly refused: string[] = []
  readonly opened = Promise.withResolvers<void>()
  readonly closed = Promise.withResolvers<number>()
  changes = 0
  private readonly socket = new WebSocket(`${stack.url.replace('http', 'ws')}/live`, {
    headers: { cookie: stack.ownerCookie },
    // Bun takes headers; the browser's type knows none.
  } as unknown as string[])

  constructor() {
    this.socket.onopen = () => this.opened.resolve()
    this.socket.onclose = ({ code }) => this.closed.resolve(code)
    this.socket.onerror = () => this.opened.reject(new Error('no line'))
    this.opened.promise.catch(() => {})
    this.socket.onmessage = ({ data }) => {
      const message = JSON.parse(String(data)) as Record<string, unknown> & { id: number }
      if ('state' in message) this.states.set(message.id, message.state)
      if ('refused' in message) this.refused.push((message.refused as { code: string }).code)
      if (!('patch' in message)) return
      this.changes += 1
      this.states.set(
        message.id,
        applyPatch(this.states.get(message.id), message.patch as readonly Operation[]),
      )
    }
  }

  send = (message: object | string) =>
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message))
  close = () => this.socket.close()
  visits = () => (this.states.get(1) as Overview | undefined)?.totals.now.visit ?? 0
}

async function until(condition: () => boolean, ms = 45_000): Promise<void> {
  const started = performance.now()
  while (!condition()) {
    if (performance.now() - started > ms) throw new Error(`not within ${ms} ms: ${condition}`)
    await Bun.sleep(5)
  }
}

const askedWithin = async (ms: number) => {
  const before = asked
  await Bun.sleep(ms)
  return asked - before
}

test('a thousand watchers cost what one costs, and all of them hear of an event', async () => {
  await stack.send({ player_id: 'p1', banner_tag: 'a' })
  const one = new Client()
  await one.opened.promise
  one.send({ subscribe: 'overview', id: 1, search: '?range=today&site=default' })
  await until(() => one.visits() === 1)
  const costOfOne = await askedWithin(3_000)

  const clients = [one]
  // A hundred at a time: the listener's queue of connections is bounded.
  while (clients.length < WATCHERS) {
    const more = Array.from({ length: Math.min(100, WATCHERS - clients.length) }, () => new Client())
    await Promise.all(more.map(({ opened }) => opened.promise))
    clients.push(...more)
  }
  // The order of parameters and those that mean nothing make no other question.
  for (const [index, client] of clients.entries())
    if (client !== one)
      client.send({ subscribe: 'overview', id: 1, search: `?site=default&range=today&sort=${index}` })
  await until(() => clients.every((client) => client.visits() === 1))

  const costOfAll = await askedWithin(3_000)
  // As one, but for a reading of six statements that begins or ends within the time; a reading each would be thousands.
  expect(costOfAll).toBeLessThanOrEqual(costOfOne + 2 * 6)

  await stack.send({ player_id: 'p2', banner_tag: 'a' })
  await until(() => clients.every((client) => client.visits() === 2))
  expect(clients.filter(({ changes }) => changes >= 1)).toHaveLength(WATCHERS)

  // One more is one too many, and is told so before it is a socket.
  const refused = await stack.fetch('/live', {
    headers: {
      upgrade: 'websocket',
      connection: 'upgrade',
      'sec-websocket-key': 'x',
      'sec-websocket-version': '13',
    },
  })
  expect([refused.status, await refused.json()]).toMatchObject([429, { code: 'too_many_connections' }])

  for (const client of clients) client.close()
  await Promise.all(clients.map(({ closed }) => closed.promise))
  await Bun.sleep(1_500)
  expect(await askedWithin(2_000)).toBe(0)
})

test('says what it does not take', async () => {
  expect((await stack.fetch('/live')).status).toBe(426)
  const foreign = await fetch(`${stack.url}/live`, {
    headers: {
      cookie: stack.ownerCookie,
      origin: 'https://evil.test',
      upgrade: 'websocket',
      connection: 'upgrade',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'sec-websocket-version': '13',
    },
  })
  expect([foreign.status, await foreign.json()]).toMatchObject([403, { code: 'foreign_origin' }])
  const client = new Client()
  await client.opened.promise
  client.send({ subscribe: 'nothing', id: 1 })
  client.send({ subscribe: 'constructor', id: 2 })
  for (const [index, range] of ['today', 'yesterday', '7d'].entries())
    client.send({ subscribe: 'overview', id: 10 + index, search: `?range=${range}` })
  client.send({ subscribe: 'overview', id: 20, search: '?site=nobody' })
  await until(() => client.refused.length === 4)
  expect(client.refused).toEqual([
    'unknown_question',
    'unknown_question',
    'too_many_questions',
    'too_many_questions',
  ])
  client.send('{"no":"message"}')
  expect(await client.closed.promise).toBe(4400)
})

test('an open page hears within a second, and comes back by itself when the server does', async () => {
  const context = await stack.newContext(browser)
  const page = await context.newPage()
  const frames: string[] = []
  const polls: string[] = []
  page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => frames.push(String(payload))))
  page.on('request', (request) => request.url().includes('/api/overview') && polls.push(request.url()))
  const shows = (text: string) =>
    page.waitForFunction(
      (text) =>
        document.querySelector('[data-testid=metric-visit] [data-testid=figure]')?.textContent?.trim() ===
        text,
      text,
    )
  await page.goto(`${stack.url}/?range=today`)
  await shows('2')
  await page.evaluate(() => Object.assign(window, { sameDocument: true }))
  await until(() => frames.length > 0)
  await stack.send({ player_id: 'p3', banner_tag: 'a' })
  await shows('3')
  expect(frames.some((frame) => frame.includes('"patch"'))).toBe(true)
  expect(polls).toEqual([])

  await stack.restartDashboard(() => stack.send({ player_id: 'p4', banner_tag: 'a' }))
  await shows('4')
  expect(await page.evaluate(() => 'sameDocument' in window)).toBe(true)
  await context.close()
})

test('a page that gets no line asks once a second instead', async () => {
  const context = await stack.newContext(browser)
  const page = await context.newPage()
  let refused = 0
  await page.routeWebSocket('**/live', (socket) => {
    refused += 1
    return socket.close()
  })
  await page.goto(`${stack.url}/?range=today`)
  await page.waitForResponse('**/api/overview*')
  await stack.send({ player_id: 'p5', banner_tag: 'a' })
  await page.waitForFunction(
    () =>
      document.querySelector('[data-testid=metric-visit] [data-testid=figure]')?.textContent?.trim() === '5',
  )
  expect(refused).toBeGreaterThan(0)
  await context.close()
})
