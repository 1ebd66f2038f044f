/**
 * Where the tracker is tried: a real Chromium, a site of our own, and an edge on a port of its own, so that everything
 * between them is cross-origin as it is for a customer.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome']

const ARGS = [
  '--no-first-run',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
]

/** @throws when there is none, saying what to install */
function program(): string {
  const executablePath = process.env.CHROMIUM_PATH ?? PROGRAMS.map((name) => Bun.which(name)).find(Boolean)
  if (!executablePath) throw new Error('no Chromium: install the package chromium, or set CHROMIUM_PATH')
  return executablePath
}

export function launchBrowser(): Promise<Browser> {
  // Playwright switches the back-forward cache off; visitors have it.
  return chromium.launch({
    executablePath: program(),
    args: ARGS,
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
  })
}

/** Chromium as a visitor has it, on its own: with Playwright attached, it does not prerender. */
export async function visitAlone(url: string) {
  return launchAlone(url).then(({ stop }) => stop)
}

/** The same, with the profile's folder, where Chromium says at what address it can be asked. */
export async function launchAlone(url: string) {
  const profile = mkdtempSync(join(tmpdir(), 'rtpx-chromium-'))
  const child = Bun.spawn(
    [program(), '--headless', '--remote-debugging-port=0', `--user-data-dir=${profile}`, ...ARGS, url],
    {
      // What Chromium itself leaves in the folder of temporary files goes with the profile.
      env: { ...process.env, TMPDIR: profile },
      stdin: 'ignore',
      stdout: 'ignore',
      stderr: 'ignore',
    },
  )
  const stop = async () => {
    child.kill()
    await child.exited
    rmSync(profile, { recursive: true, force: true, maxRetries: 20 })
  }
  return { profile, stop }
}

/** The edge under the stage. */
export interface EdgeOfStage {
  send(path: string, init: RequestInit): Promise<Response>
}

export interface Html {
  /** Attributes of the tracker's tag; null for a page without it. */
  readonly tag?: string | null
  readonly head?: string
  readonly body?: string
  readonly headers?: Record<string, string>
}

/** What a page wrote to its console, and what it threw. */
export interface Heard {
  readonly warnings: string[]
  readonly errors: string[]
}

/** An edge and a site on free ports, and a browser profile of its own. `pages` are the site's, by path without query. */
export async function openStage(browser: Browser, edge: EdgeOfStage, pages: Record<string, Html>) {
  const posts: string[] = []
  const requests: string[] = []
  const edgeServer = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const { pathname, search } = new URL(request.url)
      const body = request.method === 'POST' ? await request.text() : null
      if (body !== null) posts.push(body)
      return edge.send(pathname + search, { method: request.method, headers: request.headers, body })
    },
  })
  const script = `${edgeServer.url}rtpx.js`
  const siteServer = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch(request) {
      const { pathname } = new URL(request.url)
      requests.push(pathname)
      const html = pages[pathname]
      return html
        ? new Response(documentOf(html, script), {
            headers: { 'content-type': 'text/html', ...html.headers },
          })
        : new Response('', { status: 404 })
    },
  })
  const context = await browser.newContext()
  const heard: Heard = { warnings: [], errors: [] }
  context.on('console', (message) => {
    if (message.type() === 'warning') heard.warnings.push(message.text())
    if (message.type() === 'error') heard.errors.push(message.text())
  })
  context.on('weberror', (error) => heard.errors.push(`thrown: ${error.error()}`))
  return {
    context,
    heard,
    script,
    siteUrl: siteServer.url.origin,
    edgeUrl: edgeServer.url.origin,
    /** The body of every POST that reached the edge. */
    posts,
    /** The path of every request that reached the site. */
    requests,
    /** Opens a page of the site in a new tab. */
    async open(path = '/'): Promise<Page> {
      const page = await context.newPage()
      await page.goto(siteServer.url.origin + path)
      return page
    },
    async close() {
      await context.close()
      await Promise.all([edgeServer.stop(true), siteServer.stop(true)])
    },
  }
}

export type Stage = Awaited<ReturnType<typeof openStage>>

/** Fails every request of events, as a blocker does, until the answer is called. */
export async function blockEvents(context: BrowserContext): Promise<() => Promise<void>> {
  await context.route('**/api/events', (route) => route.abort('blockedbyclient'))
  return () => context.unroute('**/api/events')
}

function documentOf({ tag = 'data-site="shop"', head = '', body = '' }: Html, script: string): string {
  const tracker = tag === null ? '' : `<script defer src="${script}" ${tag}></script>`
  return `<!doctype html><html><head><meta charset="utf-8"><title>Page</title><link rel="icon" href="data:,">
${(head + tracker).replaceAll('SCRIPT', script)}</head><body>${body.replaceAll('SCRIPT', script)}</body></html>`
}
