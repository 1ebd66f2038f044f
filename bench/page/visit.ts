/** One visit of one page, with an empty cache, and what Chromium says it cost. */
import { join } from 'node:path'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'

export interface PageCost {
  readonly largestPaintMs: number
  readonly layoutShift: number
  readonly serverMs: number
  readonly scriptMs: number
  readonly taskMs: number
  readonly scriptKb: number
  readonly heapMib: number
}

/** What `in-page.js` tells. */
interface Measured {
  readonly paint: number
  readonly shift: number
  readonly server: number
  readonly scriptBytes: number
}

/** Nothing changed for so long: the page is quiet. */
const QUIET_MS = 800
const GIVE_UP_MS = 60_000
const IN_PAGE = join(import.meta.dir, 'in-page.js')

/** @param cookie `name=value` of a session */
export async function visit(browser: Browser, url: string, cookie: string): Promise<PageCost> {
  const context = await signedIn(browser, url, cookie)
  try {
    const page = await context.newPage()
    const session = await context.newCDPSession(page)
    await session.send('Performance.enable')
    await openQuiet(page, url)
    const measured = await page.evaluate<Measured>('rtpxBench.measured()')
    const { metrics } = await session.send('Performance.getMetrics')
    const metric = (wanted: string) => metrics.find(({ name }) => name === wanted)?.value ?? 0
    return {
      largestPaintMs: measured.paint,
      layoutShift: measured.shift,
      serverMs: measured.server,
      scriptMs: metric('ScriptDuration') * 1000,
      taskMs: metric('TaskDuration') * 1000,
      scriptKb: measured.scriptBytes / 1000,
      heapMib: metric('JSHeapUsedSize') / 1024 ** 2,
    }
  } finally {
    await context.close()
  }
}

/** How long the overview takes from a key to the painted numbers of another range, in milliseconds, over and over. */
export async function rangeTimes(
  browser: Browser,
  url: string,
  cookie: string,
  rounds: number,
): Promise<number[]> {
  const context = await signedIn(browser, url, cookie)
  try {
    const page = await context.newPage()
    await openQuiet(page, url)
    const times: number[] = []
    for (let round = 0; round < rounds; round += 1)
      for (const key of ['w', 'm', 'd', 'e'])
        times.push(await page.evaluate<number>(`rtpxBench.pressUntilPainted('${key}')`))
    return times
  } finally {
    await context.close()
  }
}

/** A context in which the session of a cookie, `name=value`, is signed in. */
export async function signedIn(
  browser: Browser,
  url: string,
  cookie: string,
  options: BrowserContextOptions = {},
): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options })
  const [name = '', value = ''] = cookie.split(/=(.*)/s)
  const { origin } = new URL(url)
  await context.addCookies([{ name, value, url: origin, httpOnly: true, sameSite: 'Lax' }])
  return context
}

/** Opens a page and waits until nothing more is loaded, painted larger or moved. */
export async function openQuiet(page: Page, url: string): Promise<void> {
  await page.addInitScript({ path: IN_PAGE })
  await page.goto(url, { waitUntil: 'load', timeout: GIVE_UP_MS })
  const deadline = performance.now() + GIVE_UP_MS
  while ((await page.evaluate<number>('rtpxBench.quietMs()')) < QUIET_MS) {
    if (performance.now() > deadline) throw new Error(`${url} does not come to rest`)
    await Bun.sleep(50)
  }
}
