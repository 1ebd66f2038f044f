/**
 * What the tests of the page run on: the real embedded ClickHouse with the real schema, and the built dashboard, on free
 * ports. The build is made again when a source has changed. `stop()` leaves nothing behind.
 */
import { join } from 'node:path'
import { type ClickHouse, connectClickHouse } from '@rtpx/clickhouse/client'
import { ensureSchema } from '@rtpx/clickhouse/schema'
import { type SpawnedClickHouse, spawnClickHouse } from '@rtpx/clickhouse/server/spawn'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'

const root = join(import.meta.dir, '..')

export interface Stack {
  readonly url: string
  /** Holds the application database as well. */
  readonly dataDirectory: string
  readonly clickhouseUrl: string
  readonly clickhouse: ClickHouse
  /** Inserts events as the edge does; what is left out is filled in. */
  readonly send: (...events: Partial<SentEvent>[]) => Promise<void>
  /** `name=value` of the owner's session. */
  readonly ownerCookie: string
  /** A browser's context in which the owner is signed in. */
  readonly newContext: (browser: Browser, options?: BrowserContextOptions) => Promise<BrowserContext>
  /** Asks a route of the dashboard, signed in as the owner. */
  readonly fetch: (path: string, init?: RequestInit) => Promise<Response>
  readonly stopClickHouse: () => Promise<void>
  readonly startClickHouse: () => Promise<void>
  /** Stops it and starts it again at the same address. */
  readonly restartDashboard: (whileDown: () => Promise<void>) => Promise<void>
  readonly stop: () => Promise<void>
}

interface SentEvent {
  event_id: string
  site_id: string
  event_type: string
  player_id: string
  banner_tag: string
  visitor_id: string
  transaction_id: string
  occurred_at: number
  created_at: number
  event_date: string
  /** Any other column of an event. */
  [column: string]: string | number | boolean
}

/** Builds the dashboard unless the build is that of the sources. @throws Error with what the build said */
function ensureBuild(): void {
  const built = Bun.spawnSync([process.execPath, 'run', 'build'], { cwd: root })
  if (built.exitCode !== 0) throw new Error(`the dashboard does not build\n${built.stderr}${built.stdout}`)
}

const OWNER = { name: 'Olivia Owner', email: 'owner@brand.test', password: 'a long enough password' }

/** Makes the owner as a person at this machine does. @returns the cookie of their session */
async function createOwner(url: string): Promise<string> {
  const response = await fetch(`${url}/setup`, {
    method: 'POST',
    headers: { origin: url, accept: 'text/html' },
    body: new URLSearchParams({ ...OWNER, organization: 'Brand' }),
    redirect: 'manual',
  })
  const cookie = sessionCookie(response)
  if (!cookie) throw new Error(`no owner: ${response.status} ${await response.text()}`)
  return cookie
}

/** `name=value` of the session that an answer begins; empty for none. */
export const sessionCookie = (response: Response): string =>
  response.headers
    .getSetCookie()
    .find((cookie) => cookie.includes('session_token=') && !/max-age=0/i.test(cookie))
    ?.split(';')[0] ?? ''

/** A browser's context in which the session of a cookie is signed in. */
export async function contextWith(
  browser: Browser,
  url: string,
  cookie: string,
  options?: BrowserContextOptions,
) {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    acceptDownloads: true,
    ...options,
  })
  const [name = '', value = ''] = cookie.split(/=(.*)/s)
  if (cookie) await context.addCookies([{ name, value, url, httpOnly: true, sameSite: 'Lax' }])
  const newPage = context.newPage.bind(context)
  context.newPage = async () => hydrated(await newPage(), options?.javaScriptEnabled !== false)
  return context
}

/** A page whose `goto` and `reload` end when what is clicked or filled answers, however slow the machine is. */
function hydrated(page: Page, runsScripts: boolean): Page {
  if (!runsScripts) return page
  const [goto, reload] = [page.goto.bind(page), page.reload.bind(page)]
  const wait = async (response: Awaited<ReturnType<Page['goto']>>) => {
    const isHtml = response?.headers()['content-type']?.startsWith('text/html')
    if (isHtml && (await response?.text())?.includes('/entry/start.'))
      await page.locator('html[data-hydrated]').waitFor({ state: 'attached' })
    return response
  }
  page.goto = (...given) => goto(...given).then(wait)
  page.reload = (...given) => reload(...given).then(wait)
  return page
}

/** Starts the dashboard on a free port and waits for its address. */
export async function startDashboard(
  env: Readonly<Record<string, string>>,
  port = '0',
  onLog: (text: string) => void = () => {},
) {
  const child = Bun.spawn([process.execPath, join(root, 'main.ts')], {
    env: {
      ...process.env,
      HOST: '127.0.0.1',
      PORT: port,
      ...env,
    },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  const reader = child.stdout.getReader()
  let said = ''
  for (;;) {
    const { value, done } = await reader.read()
    said += Buffer.from(value ?? []).toString()
    const url = /Listening on (http:\S+)/.exec(said)?.[1]
    if (url) {
      // The log goes on; someone has to read it.
      void (async () => {
        for (let read = await reader.read(); !read.done; read = await reader.read())
          onLog(Buffer.from(read.value ?? []).toString())
      })()
      return { child, url }
    }
    if (done) throw new Error(`the dashboard did not start: ${said}`)
  }
}

/**
 * @param edgeUrl where the dashboard says the edge is
 * @param env settings of the dashboard
 */
export async function startStack(
  edgeUrl = 'http://edge.test',
  env: Readonly<Record<string, string>> = {},
): Promise<Stack> {
  ensureBuild()
  let server: SpawnedClickHouse | undefined = await spawnClickHouse()
  const { dataDirectory, url: clickhouseUrl } = server
  const port = Number(new URL(clickhouseUrl).port)
  const connection = { url: clickhouseUrl, username: 'default', password: '', database: 'rtpx' }
  await ensureSchema(connection, { brokers: [], consumers: 1 }, dataDirectory)
  const clickhouse = connectClickHouse(connection)
  const settings = { CLICKHOUSE_URL: clickhouseUrl, EDGE_URL: edgeUrl, RTPX_DATA: dataDirectory, ...env }
  let { child, url } = await startDashboard(settings)
  const ownerCookie = await createOwner(url).catch((error) => {
    child.kill()
    throw error
  })
  return {
    url,
    dataDirectory,
    clickhouseUrl,
    clickhouse,
    send: (...events) =>
      clickhouse.insertLines(
        'events_incoming',
        events.map((event) => JSON.stringify(fill(event))),
      ),
    ownerCookie,
    fetch: (path, init) => {
      const headers = new Headers(init?.headers)
      headers.set('cookie', ownerCookie)
      headers.set('origin', url)
      return fetch(`${url}${path}`, { ...init, headers })
    },
    newContext: (browser, options) => contextWith(browser, url, ownerCookie, options),
    stopClickHouse: async () => {
      // Killed: a clean stop would take the temporary data along.
      process.kill(server?.pid ?? 0, 'SIGKILL')
      await server?.exited
      server = undefined
    },
    startClickHouse: async () => {
      server = await spawnClickHouse({ dataDirectory, port })
    },
    restartDashboard: async (whileDown) => {
      child.kill()
      await child.exited
      await whileDown()
      child = (await startDashboard(settings, new URL(url).port)).child
    },
    stop: async () => {
      child.kill()
      await child.exited
      await clickhouse.close()
      await server?.stop()
      await Bun.$`rm -rf ${dataDirectory}`.quiet()
    },
  }
}

function fill(event: Partial<SentEvent>): SentEvent {
  const now = Date.now()
  const occurred_at = event.occurred_at ?? now
  return {
    event_id: Bun.randomUUIDv7(),
    site_id: 'default',
    event_type: 'visit',
    player_id: '',
    banner_tag: '',
    visitor_id: '',
    transaction_id: '',
    occurred_at,
    created_at: now,
    event_date: new Date(occurred_at).toISOString().slice(0, 10),
    ...event,
  }
}
