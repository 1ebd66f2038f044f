/**
 * The realtime page in Chromium, on the real engine and the built dashboard: what comes is there, and can be stopped and narrowed. And
 * the search over everything, among the same names.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect, setDefaultTimeout, test } from 'bun:test'
import AxeBuilder from '@axe-core/playwright'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { launchBrowser } from './browser.ts'
import { HOSTILE } from './hostile.ts'
import { type Stack, startStack } from './stack.ts'

setDefaultTimeout(120_000)

let stack: Stack
let browser: Browser
let context: BrowserContext
let page: Page
let complaints: string[]

beforeAll(async () => {
  stack = await startStack()
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
const shows = (testId: string, text: string) =>
  page.waitForFunction(
    ([testId, text]) => document.querySelector(`[data-testid="${testId}"]`)?.textContent?.trim() === text,
    [testId, text],
  )
const rows = () => page.getByTestId('stream').locator('tbody tr')

test('people, events and countries appear as they come, without a reload', async () => {
  await page.goto(`${stack.url}/realtime`)
  await shows('people', '0')
  await page.getByText('They appear here as they come').waitFor()
  expect(await violations()).toEqual([])
  await page.evaluate(() => Object.assign(window, { sameDocument: true }))
  await stack.send(
    { visitor_id: 'v1', event_type: 'page_view', domain: 'shop.test', path: '/a?x=1', country: 'DE' },
    { visitor_id: 'v1', event_type: 'page_view', domain: 'shop.test', path: '/b', country: 'DE' },
    { visitor_id: 'v2', event_type: 'visit', player_id: 'p2', banner_tag: 'aff-1', country: 'FR' },
    {
      visitor_id: 'v3',
      event_type: 'visit',
      player_id: 'p3',
      banner_tag: 'aff-1',
      country: 'FR',
      is_bot: true,
    },
    // Long ago: not now.
    { visitor_id: 'v4', event_type: 'visit', created_at: Date.now() - 3_600_000 },
  )
  await shows('people', '2')
  await shows('events', '3')
  expect(await rows().count()).toBe(3)
  expect(await page.getByRole('link', { name: 'Germany: 2 events' }).count()).toBe(1)
  expect(await page.evaluate(() => 'sameDocument' in window)).toBe(true)
  await page.getByTestId('bots').click()
  await shows('people', '3')
  await shows('events', '4')
  expect(await rows().count()).toBe(4)
  await page.getByTestId('bots').click()
  await shows('people', '2')
  expect(await violations()).toEqual([])
})

test('the stream stops and goes on; a click narrows everything, Escape widens', async () => {
  await page.goto(`${stack.url}/realtime`)
  await rows().first().waitFor()
  await page.getByRole('button', { name: 'Pause' }).click()
  const before = await rows().count()
  await stack.send({ visitor_id: 'v5', event_type: 'click', banner_tag: 'aff-2' })
  await page.getByText('Paused; 1 new since').waitFor()
  expect(await rows().count()).toBe(before)
  await page.getByRole('button', { name: 'Go on' }).click()
  await page.waitForFunction(
    (rows) => document.querySelectorAll('[data-testid=stream] tbody tr').length === rows,
    before + 1,
  )
  await rows().getByRole('link', { name: 'aff-2' }).click()
  await shows('events', '1')
  await shows('people', '1')
  expect(page.url()).toContain('banner=aff-2')
  await page.keyboard.press('Escape')
  await shows('people', '3')
  await page.getByRole('link', { name: /^Germany:/ }).click()
  await shows('events', '2')
})

test('hostile names are the text they are', async () => {
  await stack.send(
    ...HOSTILE.map((name, at) => ({
      visitor_id: `h${at}`,
      event_type: 'page_view',
      player_id: name,
      banner_tag: name,
      domain: name,
      path: name,
      country: name,
    })),
  )
  await page.goto(`${stack.url}/realtime`)
  await rows().getByText('{{7*7}}').first().waitFor()
  expect(
    await page.locator('main img, main script, a[href^="javascript" i], a[href^="data:" i]').count(),
  ).toBe(0)
  await rows()
    .getByRole('link', { name: HOSTILE[0] as string })
    .first()
    .click()
  await shows('events', '1')
  await page.getByTestId('filter').waitFor()
})

const palette = () => page.getByTestId('palette')
const found = (name: string) => palette().getByRole('option', { name })

test('the search opens by its keys, finds what one may see, and leads there by the keyboard alone', async () => {
  await stack.send({ visitor_id: 'v6', player_id: 'p2', banner_tag: 'aff-2' })
  // The players' job does not run here.
  await stack.clickhouse.insertLines('players_log', [JSON.stringify({ site_id: 'default', player_id: 'p2' })])
  await page.goto(`${stack.url}/realtime?range=7d`, { waitUntil: 'networkidle' })
  await page.keyboard.press('/')
  await palette().waitFor()
  await found('Campaigns').waitFor()
  expect(await violations()).toEqual([])
  await page.keyboard.type('aff-2')
  await found('aff-2').waitFor()
  await page.keyboard.press('Enter')
  await page.waitForURL((url) => url.searchParams.get('banner') === 'aff-2' && url.pathname === '/')
  expect(new URL(page.url()).searchParams.get('range')).toBe('7d')
  await palette().waitFor({ state: 'detached' })

  await page.getByTestId('metric-visit').waitFor()
  await page.keyboard.press('Control+k')
  await palette().waitFor()
  await page.keyboard.type('p2')
  await found('p2').waitFor()
  await page.keyboard.press('Escape')
  await palette().waitFor({ state: 'detached' })
  expect(page.url()).toContain('banner=aff-2')

  await page.keyboard.press('/')
  await page.keyboard.type('dark colours')
  await page.keyboard.press('Enter')
  await page.locator('html[data-theme="dark"]').waitFor()
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keys' }).getByText('Last 7 days').waitFor()
  expect(await violations()).toEqual([])
})

test('the search shows hostile names as the text they are, and the API says what it does not take', async () => {
  await page.goto(`${stack.url}/realtime`, { waitUntil: 'networkidle' })
  await page.getByTestId('search').click()
  for (const name of HOSTILE) {
    await palette().getByRole('combobox').fill(name.slice(0, 100))
    const banner = palette().getByRole('group', { name: 'Banners' }).getByRole('option')
    await banner
      .filter({ hasText: name.trim().slice(0, 40) })
      .first()
      .waitFor()
    const href = await banner.first().getAttribute('href')
    expect(href?.startsWith('/?')).toBe(true)
  }
  expect(await palette().locator('img, script, a[href^="javascript" i], a[href^="data:" i]').count()).toBe(0)
  const bad = await stack.fetch(`/api/search?q=${'x'.repeat(129)}`)
  expect([bad.status, await bad.json()]).toMatchObject([400, { code: 'invalid_search', field: 'q' }])
})

test('the API has the newest events, and what one may see of them', async () => {
  const answer = await stack.fetch('/analytics/recent?limit=2&banner=aff-1')
  expect(await answer.json()).toMatchObject({
    events: [
      { event_type: 'visit', banner_tag: 'aff-1' },
      { event_type: 'visit', banner_tag: 'aff-1' },
    ],
  })
  const bad = await stack.fetch('/api/analytics/recent?limit=100000')
  expect([bad.status, await bad.json()]).toMatchObject([400, { code: 'invalid_limit', field: 'limit' }])
})

test('fits a phone, in the dark too', async () => {
  await page.setViewportSize({ width: 390, height: 844 })
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.goto(`${stack.url}/realtime`)
  await page.getByTestId('map').locator('path').first().waitFor({ state: 'attached' })
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
  expect(await violations()).toEqual([])
  await page.getByTestId('search').click()
  await found('Campaigns').waitFor()
  expect(await violations()).toEqual([])
  if (process.env.RTPX_SHOTS) await page.screenshot({ path: `${process.env.RTPX_SHOTS}/palette-390.png` })
})
