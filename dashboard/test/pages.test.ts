/** Page analytics in Chromium, on the real engine and the built dashboard: what it shows is what a recomputation says. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, setDefaultTimeout, test } from 'bun:test'
import AxeBuilder from '@axe-core/playwright'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { PageReport } from '#lib/pages.ts'
import { launchBrowser } from './browser.ts'
import { HOSTILE } from './hostile.ts'
import { type Stack, startStack } from './stack.ts'

setDefaultTimeout(120_000)

interface View {
  readonly session: number
  readonly path: string
  readonly country: string
  readonly device: string
  readonly referrer: string
  readonly is_bot: boolean
}

/** Sessions of one to four views, some of bots. */
const VIEWS: View[] = Array.from({ length: 60 }, (_, session) =>
  Array.from({ length: 1 + (session % 4) }, (_, nth) => ({
    session,
    path: ['/', '/pricing', '/blog/one', '/signup'][(session + nth * 3) % 4] ?? '/',
    country: ['DE', 'FR', ''][session % 3] ?? '',
    device: session % 2 ? 'mobile' : 'desktop',
    referrer: session % 5 ? '' : 'https://www.google.com/search',
    is_bot: session % 10 === 9,
  })),
).flat()

let stack: Stack
let browser: Browser
let context: BrowserContext
let page: Page
let complaints: string[]
const start = Date.now() - 120_000

const view = (one: View, nth: number) => ({
  event_type: 'page_view',
  visitor_id: `v${one.session % 40}`,
  session_id: `s${one.session}`,
  domain: 'shop.test',
  path: one.path,
  country: one.country,
  device: one.device,
  referrer: one.referrer,
  is_bot: one.is_bot,
  occurred_at: start + nth * 100,
})

beforeAll(async () => {
  stack = await startStack()
  await stack.send(...VIEWS.map(view))
  browser = await launchBrowser()
}, 120_000)

afterAll(async () => {
  await browser?.close()
  await stack?.stop()
})

beforeEach(async () => {
  complaints = []
  context = await stack.newContext(browser)
  page = await context.newPage()
  page.setDefaultTimeout(45_000)
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`)
    return dialog.dismiss()
  })
})

afterEach(async () => {
  await context.close()
  expect(complaints).toEqual([])
})

const violations = async () =>
  (await new AxeBuilder({ page }).analyze()).violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)
const open = (query = '') => page.goto(`${stack.url}/pages?range=today${query}`)
const shows = (name: string, text: string) =>
  page.waitForFunction(
    ([name, text]) =>
      document.querySelector(`[data-testid="figure-${name}"] [data-testid="figure"]`)?.textContent?.trim() ===
      text,
    [name, text],
  )

/** The numbers of some views, worked out anew. */
function expected(views: readonly View[]) {
  const sessions = Map.groupBy(views, ({ session }) => session)
  return {
    views: views.length,
    visitors: new Set(views.map(({ session, is_bot }) => `${session % 40} ${is_bot}`)).size,
    sessions: sessions.size,
    bounces: [...sessions.keys()].filter((session) => session % 4 === 0).length,
  }
}

const PEOPLE = VIEWS.filter(({ is_bot }) => !is_bot)

test('shows what a recomputation says, with and without bots, narrowed by a click', async () => {
  await open()
  const all = expected(PEOPLE)
  await shows('views', String(all.views))
  await shows('visitors', String(all.visitors))
  await shows('sessions', String(all.sessions))
  await shows('bounce', `${((all.bounces / all.sessions) * 100).toFixed(1)}%`)
  expect(await violations()).toEqual([])

  await page.getByTestId('bots').click()
  await shows('views', String(VIEWS.length))
  await page.getByTestId('bots').click()
  await shows('views', String(all.views))

  await page.getByRole('link', { name: 'Countries' }).click()
  await page.getByRole('link', { name: 'Germany' }).click()
  await page.waitForURL('**country=DE**')
  const german = expected(PEOPLE.filter(({ country }) => country === 'DE'))
  await shows('views', String(german.views))
  await shows('visitors', String(german.visitors))
  expect(page.url()).toContain('country=DE')
  await page.keyboard.press('Escape')
  await shows('views', String(all.views))
})

test('one page from all sides', async () => {
  await open()
  await page.getByTestId('pages-by-page').getByRole('link', { name: '/pricing' }).click()
  await page.getByTestId('around').waitFor()
  const sessions = new Set(PEOPLE.filter(({ path }) => path === '/pricing').map(({ session }) => session))
  await shows('views', String(PEOPLE.filter(({ path }) => path === '/pricing').length))
  await shows('sessions', String(sessions.size))
  expect(await page.getByTestId('filter').allTextContents()).toHaveLength(2)
  expect(await page.getByTestId('around').textContent()).toContain('Google')
  expect(await violations()).toEqual([])
})

test('every breakdown adds up to its numbers, and the API answers the same', async () => {
  for (const by of [
    'page',
    'entry',
    'exit',
    'domain',
    'referrer',
    'source',
    'campaign',
    'banner',
    'country',
    'device',
    'browser',
    'os',
  ]) {
    const report: PageReport = await (await stack.fetch(`/api/pages?range=today&by=${by}`)).json()
    expect(report.breakdown.by as string).toBe(by)
    expect(report.breakdown.rows.reduce((sum, { views }) => sum + views, 0)).toBe(PEOPLE.length)
  }
  const report: PageReport = await (await stack.fetch('/api/pages?range=today')).json()
  const bySession = Map.groupBy(PEOPLE, ({ path }) => path)
  for (const { names, views, sessions } of report.breakdown.rows) {
    const seen = bySession.get(names.path ?? '') ?? []
    expect({ views, sessions }).toEqual({
      views: seen.length,
      sessions: new Set(seen.map(({ session }) => session)).size,
    })
  }
  expect(report.views.reduce((sum, views) => sum + views, 0)).toBe(PEOPLE.length)
})

test('pages of the API come one part after another, with an ETag', async () => {
  const first = await stack.fetch('/api/analytics/top-pages?range=today&limit=3&sort=-views')
  expect(first.headers.get('content-type')).toBe('application/json')
  const { pages, next } = await first.json()
  expect(pages).toHaveLength(3)
  const rest = await (
    await stack.fetch(`/api/analytics/top-pages?range=today&limit=3&sort=-views&after=${next}`)
  ).json()
  expect(rest).toMatchObject({ pages: [{ domain: 'shop.test' }], next: null })
  const again = await stack.fetch('/api/analytics/top-pages?range=today&limit=3&sort=-views', {
    headers: { 'if-none-match': first.headers.get('etag') ?? '' },
  })
  expect(again.status).toBe(304)
  expect((await stack.fetch('/analytics/top-pages?range=today&limit=3&sort=-views')).status).toBe(200)
  const bad = await stack.fetch('/api/analytics/top-pages?limit=0')
  expect([bad.status, await bad.json()]).toMatchObject([400, { code: 'invalid_limit', field: 'limit' }])
})

test('an event is on the open page without a reload', async () => {
  await open()
  await shows('views', String(PEOPLE.length))
  await page.evaluate(() => Object.assign(window, { sameDocument: true }))
  await stack.send(view({ ...(PEOPLE[0] as View), session: 100, path: '/new' }, 0))
  await shows('views', String(PEOPLE.length + 1))
  await page.getByRole('link', { name: '/new' }).waitFor()
  expect(await page.evaluate(() => 'sameDocument' in window)).toBe(true)
})

test('hostile names are the text they are, on the page and in the file; only plain hosts are linked', async () => {
  await stack.send(
    ...HOSTILE.map((name, at) => ({
      event_type: 'page_view',
      visitor_id: `h${at}`,
      session_id: `h${at}`,
      domain: 'evil.test',
      path: name,
      browser: name,
      referrer: at === 0 ? 'https://good.example/x' : name,
    })),
  )
  await open()
  await page.getByTestId('pages-by-page').getByText('=HYPERLINK').waitFor()
  expect(
    await page.locator('main img, main script, a[href^="javascript" i], a[href^="data:" i]').count(),
  ).toBe(0)
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByText('CSV of this table').click(),
  ])
  expect(await Bun.file((await download.path()) ?? '').text()).toContain(`"'=HYPERLINK(""http`)
  await page.getByRole('link', { name: 'Browsers' }).click()
  await page.getByRole('link', { name: HOSTILE[0] as string }).click()
  await shows('views', '1')
  await open('&by=referrer')
  await page.getByRole('link', { name: 'good.example' }).waitFor()
  const links = await page
    .getByTestId('pages-by-referrer')
    .locator('tbody a')
    .evaluateAll((all) => all.map((link) => (link as HTMLAnchorElement).href))
  expect(links.filter((href) => !/^https:\/\/[a-z0-9.-]+\/$/.test(href))).toEqual([])
})

test('fits a phone, in the dark too', async () => {
  await page.setViewportSize({ width: 390, height: 844 })
  await page.emulateMedia({ colorScheme: 'dark' })
  await open('&by=source')
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
  expect(await violations()).toEqual([])
})
