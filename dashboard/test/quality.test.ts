/**
 * The quality page in Chromium, on the real engine, a real edge and the built dashboard: what was refused is seen, replayed after it was
 * shown what that changes, and each other thing that bends numbers is told as a recount of the same events says.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import { takeUpFacts } from '@rtpx/clickhouse/queries/facts'
import { type EdgeProcess, spawnEdge } from '@rtpx/edge/faults/edge-process'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { QualityReport, ReplayReport } from '#lib/quality.ts'
import { launchBrowser } from './browser.ts'
import { HOSTILE } from './hostile.ts'
import { type Stack, startStack } from './stack.ts'

setDefaultTimeout(120_000)

const NOW = Date.now()
const HOUR_MS = 3_600_000

let stack: Stack
let edge: EdgeProcess
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

const refusal = (raw: string, reason = 'unknown_site', site_id = '', rejected_at = NOW - 1_000) =>
  JSON.stringify({
    rejected_id: Bun.randomUUIDv7(),
    rejected_at,
    source: 'edge',
    reason,
    site_id,
    field: 'site',
    message: 'no such site',
    raw,
  })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rtpx-quality-'))
  const port = await freePort()
  stack = await startStack(`http://127.0.0.1:${port}`)
  edge = await spawnEdge(port, folder, { QUEUE: 'direct', CLICKHOUSE_URL: stack.clickhouseUrl })
  await stack.clickhouse.insertLines('rejected_events_log', [
    refusal('/visit?player_id=p1&banner_tag=b1&site=default'),
    refusal('/visit?player_id=p2&banner_tag=b1&site=default'),
    refusal('/visit?player_id=p3&site=default'),
    refusal('{"cut'),
    // The newest: ten are shown, and those of one moment in any order.
    ...HOSTILE.map((text, index) => refusal(text, 'bad_json', 'default', NOW - 500 + index)),
  ])
  const twice = {
    event_id: Bun.randomUUIDv7(),
    player_id: 'p1',
    banner_tag: 'b1',
    event_type: 'registration',
  }
  const paid = { event_type: 'deposit', player_id: 'd1', banner_tag: 'b1', amount: '10', currency: 'EUR' }
  await stack.send(
    twice,
    { visitor_id: 'bot', event_type: 'page_view', is_bot: true, user_agent: 'Bot <script>alert(1)</script>' },
    { visitor_id: 'late', event_type: 'page_view', occurred_at: NOW - 2 * HOUR_MS, created_at: NOW },
    { ...paid, transaction_id: 't1' },
    { ...paid, transaction_id: 't1' },
    { player_id: 'fast', event_type: 'click', occurred_at: NOW + 300_000, created_at: NOW },
  )
  await stack.send(twice)
  await takeUpFacts(stack.clickhouse)
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
const open = (query = '') => page.goto(`${stack.url}/quality?from=${day(-6)}&to=${day(0)}${query}`)
const day = (offset: number) => new Date(NOW + offset * 24 * HOUR_MS).toISOString().slice(0, 10)
const query = `from=${day(-6)}&to=${day(0)}`
const report = async (tab: string): Promise<QualityReport> =>
  (await stack.fetch(`/api/quality?${query}&tab=${tab}`)).json()
const replay = (body: object) =>
  stack.fetch(`/api/rejected?${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

test('what does not count is seen by reason, its text inert; a replay says what it changes, then does it', async () => {
  await open()
  const samples = page.getByTestId('samples')
  await samples.getByText('<img src=x').waitFor()
  expect(await page.locator('main img, main script, a[href^="javascript" i]').count()).toBe(0)
  expect(await violations()).toEqual([])

  await page.getByTestId('refused-by-reason').getByRole('link', { name: 'No such site or domain' }).click()
  await page.getByRole('button', { name: 'What would change?' }).click()
  const result = page.getByTestId('replay-result')
  await result.getByText('2 would be taken now').waitFor()
  expect(await page.getByTestId('replay-changes').locator('tbody tr').allTextContents()).toEqual([
    expect.stringMatching(/Visit\s*Players of b1\s*0\s*2/),
    expect.stringMatching(/Visit\s*Players\s*0\s*2/),
  ])
  expect(await violations()).toEqual([])
  const visits = () =>
    stack.clickhouse.rows(
      "SELECT count FROM daily_metrics WHERE event_type = 'visit' AND site_id = 'default'",
    )
  expect(await visits()).toEqual([])

  await page.getByRole('button', { name: 'Count these 2 events' }).click()
  await result.getByText('2 events count now that did not').waitFor()
  expect(await visits()).toEqual([{ count: 2 }])
  await samples.getByText('replayed, counts').first().waitFor()
  const again: ReplayReport = await (await replay({ reason: 'unknown_site', dry_run: true })).json()
  expect(again).toMatchObject({ done: false, taken: 0, changed: 0 })
})

test('repeats, late events, bots and clocks are as many as were sent', async () => {
  const { quality, agents } = await report('bots')
  expect(quality.reduce((sum, { payments_again }) => sum + payments_again, 0)).toBe(1)
  expect(quality.reduce((sum, { again }) => sum + again, 0)).toBe(1)
  expect(quality.reduce((sum, { late_hour }) => sum + late_hour, 0)).toBe(1)
  expect(quality.reduce((sum, { bots }) => sum + bots, 0)).toBe(1)
  expect(agents).toEqual([{ user_agent: 'Bot <script>alert(1)</script>', events: 1, visits: 0 }])
  expect((await report('clocks')).clocks).toMatchObject([{ subject: 'fast', skew_ms: -300_000 }])
  for (const tab of ['repeats', 'bots', 'clocks', 'days']) {
    await open(`&tab=${tab}`)
    await page.getByTestId('quality').waitFor()
    expect(await violations()).toEqual([])
  }
})

test('a finding is answered, with a note, and opened again', async () => {
  const finding_id = crypto.randomUUID()
  await stack.clickhouse.insertLines('finding_states', [
    JSON.stringify({
      finding_id,
      site_id: 'default',
      kind: 'two_banners',
      subject_type: 'player',
      subject: HOSTILE[0],
      of_day: day(0),
      event_date: day(0),
      first_seen_at: NOW,
      evidence: JSON.stringify({ event_ids: ['x'], banners: ['a', HOSTILE[1]] }),
      holds: true,
      checked_at: NOW,
    }),
  ])
  await open('&tab=findings')
  await page.getByTestId('findings').getByText(HOSTILE[0]).waitFor()
  expect(await violations()).toEqual([])
  await page.getByPlaceholder('Why').fill('a shared tablet')
  await page.getByRole('button', { name: 'Explain' }).click()
  await page.getByText('Nothing is open').waitFor()
  await page.getByRole('link', { name: 'Explained' }).click()
  await page.getByText('a shared tablet').waitFor()
  await page.getByRole('button', { name: 'Open again' }).click()
  await page.getByText('No finding is explained').waitFor()
})

test('a day is counted again on demand; what differs is shown and noted', async () => {
  await open('&tab=recount')
  await page.getByRole('button', { name: 'Recount' }).click()
  const result = page.getByTestId('recount-result')
  await result.getByText(/tables? compared, no difference|differences in/).waitFor({ timeout: 50_000 })
  const asked = await stack.fetch('/api/recount', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ event_date: 'soon' }),
  })
  expect([asked.status, await asked.json()]).toMatchObject([
    400,
    { code: 'invalid_date', field: 'event_date' },
  ])
  expect(await violations()).toEqual([])

  const note = (key: string, recounted_at: number) =>
    JSON.stringify({
      recounted_at,
      site_id: 'default',
      event_date: new Date(NOW).toISOString().slice(0, 10),
      derived: 'paged',
      key,
      expected: '',
      stored: '',
      repaired: false,
    })
  const keys = ['a', 'b', 'c', 'd'].map((event_type) => JSON.stringify({ event_type }))
  await stack.clickhouse.insertLines(
    'recount_differences',
    keys.map((key) => note(key, NOW + HOUR_MS)),
  )
  const notes = `/api/recount?${query}&limit=2`
  const first = await (await stack.fetch(notes)).json()
  await stack.clickhouse.insertLines('recount_differences', [note('{"event_type":"e"}', NOW + 2 * HOUR_MS)])
  const second = await (await stack.fetch(`${notes}&after=${first.next}`)).json()
  expect([...first.differences, ...second.differences].map(({ key }: { key: string }) => key)).toEqual(keys)
})

test('refusals of the API come one part after another; what is wrong is named', async () => {
  const asked = `/api/rejected?${query}&reason=bad_json&limit=5`
  const first = await (await stack.fetch(asked)).json()
  expect(first.rejected).toHaveLength(5)
  // What is refused meanwhile is newer, and moves nothing.
  await stack.clickhouse.insertLines('rejected_events_log', [
    refusal('arrived meanwhile', 'bad_json', 'default', NOW),
    refusal('arrived meanwhile too', 'bad_json', 'default', NOW),
  ])
  const second = await (await stack.fetch(`${asked}&after=${first.next}`)).json()
  expect([second.rejected.length, second.next]).toEqual([HOSTILE.length - 5, null])
  const raws = [...first.rejected, ...second.rejected].map(({ raw }: { raw: string }) => raw)
  expect(raws.toSorted()).toEqual([...HOSTILE].toSorted())
  for (const after of ['5', 'x', Buffer.from('["a","b"]').toString('base64url')])
    expect(await (await stack.fetch(`${asked}&after=${after}`)).json()).toMatchObject({
      code: 'invalid_cursor',
      field: 'after',
    })
  expect(await (await replay({})).json()).toMatchObject({ status: 400, field: 'reason' })
  // Without the type of JSON, as a form of elsewhere would send it.
  const form = await stack.fetch(`/api/rejected?${query}`, {
    method: 'POST',
    body: '{"reason":"unknown_site"}',
  })
  expect(form.status).toBeGreaterThanOrEqual(400)
})

test('says so when the edge does not answer, and changes nothing', async () => {
  edge.kill('SIGKILL')
  await edge.exited
  const answer = await replay({ reason: 'unknown_site', dry_run: true })
  expect([answer.status, await answer.json()]).toMatchObject([503, { code: 'edge_unavailable' }])
})

test('fits a phone, in the dark too', async () => {
  await page.setViewportSize({ width: 390, height: 844 })
  await page.emulateMedia({ colorScheme: 'dark' })
  for (const tab of ['refused', 'days', 'recount']) {
    await open(`&tab=${tab}`)
    await page.getByTestId('quality').waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
  }
  expect(await violations()).toEqual([])
})
