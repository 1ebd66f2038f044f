/**
 * The install screen's main task in Chromium, on the real engine and a real edge: from an empty site to an event one sees arrive,
 * and a pixel that is judged before it is put anywhere.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import { type EdgeProcess, spawnEdge } from '@rtpx/edge/faults/edge-process'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { launchBrowser } from './browser.ts'
import { type Stack, startStack } from './stack.ts'

setDefaultTimeout(120_000)

let stack: Stack
let edge: EdgeProcess
let edgeUrl: string
let folder: string
let browser: Browser
let context: BrowserContext
let page: Page
let complaints: string[]

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rtpx-install-'))
  const port = await freePort()
  edgeUrl = `http://127.0.0.1:${port}`
  stack = await startStack(edgeUrl)
  edge = await spawnEdge(port, folder, { QUEUE: 'direct', CLICKHOUSE_URL: stack.clickhouseUrl })
  browser = await launchBrowser()
}, 120_000)

afterAll(async () => {
  await browser?.close()
  edge?.kill('SIGTERM')
  await edge?.exited
  await stack?.stop()
  await rm(folder, { recursive: true, force: true })
})

beforeEach(async () => {
  complaints = []
  context = await stack.newContext(browser)
  page = await context.newPage()
  page.setDefaultTimeout(45_000)
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(String(error)))
})
afterEach(() => context.close())

const violations = async () =>
  (await new AxeBuilder({ page }).analyze()).violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)
const light = (text: string) => page.getByTestId('light').getByText(text).waitFor()
const arrived = (text: string) => page.getByTestId('arrivals').getByText(text).first().waitFor()

/** Pictures for the eye of who changes the page: `SCREENSHOTS=folder bun test dashboard/test/install.test.ts`. */
async function picture(name: string): Promise<void> {
  const { SCREENSHOTS } = process.env
  if (SCREENSHOTS) await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true })
}

test('from waiting to received: the example page sends, the screen shows it, without a reload', async () => {
  await page.goto(stack.url)
  await page.getByRole('link', { name: 'Install', exact: true }).click()
  await light('Waiting for your first event')
  expect(await page.getByTestId('install-page').textContent()).toContain(
    `<script defer src="${edgeUrl}/rtpx.js" data-site="default"></script>`,
  )
  expect(await violations()).toEqual([])
  await picture('install-empty')
  await page.evaluate(() => Object.assign(window, { sameDocument: true }))

  await page.getByRole('button', { name: 'Start the example' }).click()
  await light('Events are arriving')
  await arrived('Page view')
  const example = page.frameLocator('iframe')
  await example.getByRole('button', { name: 'Send a click' }).click()
  await arrived('Example click')
  await example.getByRole('button', { name: 'Send a visit', exact: true }).click()
  await arrived('example-player')
  await example.getByRole('button', { name: 'without a banner' }).click()
  await arrived('Does not count: missing field (banner_tag)')
  expect(await page.evaluate(() => 'sameDocument' in window)).toBe(true)
  expect(await violations()).toEqual([])
  await picture('install-light')
  expect(complaints.filter((complaint) => !complaint.includes('status of 400'))).toEqual([])
})

test('the example has nothing of the dashboard’s origin', async () => {
  await page.goto(`${stack.url}/install/example`)
  expect(await page.evaluate(() => window.origin)).toBe('null')
  const hostile = await stack.fetch(`/install/example?site=${encodeURIComponent('"><script>')}`)
  expect(hostile.status).toBe(404)
})

test('a pixel is checked: its fields, the verdict, what would move, and nothing is written', async () => {
  const counts = () => stack.clickhouse.rows('SELECT count() AS events FROM events')
  await page.goto(`${stack.url}/install`, { waitUntil: 'networkidle' })
  const check = async (pasted: string) => {
    await page.locator('#check').fill(pasted)
    await page.getByRole('button', { name: 'Check' }).click()
    await page.waitForURL((url) => url.searchParams.get('check') === pasted, { waitUntil: 'commit' })
  }
  const verdict = (text: string) => page.getByTestId('check').getByText(text).first().waitFor()
  await check(`<img src="${edgeUrl}/visit?player_id=p9&amp;banner_tag=summer&amp;s=7" width="1">`)
  await verdict('Would count.')
  await verdict('credited to the banner summer')
  expect(await page.getByTestId('check').textContent()).toMatch(/metadata\s*\{"s":"7"\}/)
  expect(await violations()).toEqual([])
  await page.setViewportSize({ width: 1440, height: 900 })
  await picture('install-checked')

  await check(`${edgeUrl}/visit?player_id=example-player&banner_tag=other`)
  await verdict('the player is counted on that day already, credited to the banner example')
  await stack.send({
    event_type: 'deposit',
    player_id: 'p8',
    banner_tag: 'b',
    transaction_id: 't-1',
    occurred_at: Date.now() - 86_400_000 * 3,
  })
  await check(`${edgeUrl}/deposit?player_id=p8&banner_tag=b&amount=25&currency=EUR&transaction_id=t-1`)
  await verdict('the payment t-1 is there already')
  const before = await counts()
  await check(`${edgeUrl}/deposit?player_id=p9&banner_tag=b`)
  await verdict('Would count.')
  await check(`${edgeUrl}/deposit?player_id=p9`)
  await verdict('Would not count: banner_tag is needed.')
  await check('https://somewhere.test/else')
  await verdict('This is no pixel')
  await check('javascript:alert(1)')
  await verdict('This holds no address')
  expect(await counts()).toEqual(before)
  expect(complaints).toEqual([])
})

test('fits a phone, in the dark too', async () => {
  await page.setViewportSize({ width: 390, height: 844 })
  await page.emulateMedia({ colorScheme: 'dark' })
  const pixel = encodeURIComponent(`${edgeUrl}/visit?player_id=p9&banner_tag=${'long'.repeat(30)}`)
  await page.goto(`${stack.url}/install?check=${pixel}`)
  await page.getByTestId('check').waitFor()
  await page.getByText('React', { exact: true }).click()
  await page.getByText('useTrackElement(button', { exact: false }).waitFor()
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
  expect(await violations()).toEqual([])
  await picture('install-phone-dark')
  expect(complaints).toEqual([])
})
