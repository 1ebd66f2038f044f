/** The status page in Chromium: what is wrong in words, also when the database itself is gone, and nothing of the inside for those who only read. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import AxeBuilder from '@axe-core/playwright'
import { checkOf } from '@rtpx/clickhouse/health/check'
import { recordRun } from '@rtpx/clickhouse/queries/job-runs'
import type { Browser, Page } from 'playwright-core'
import { reportOf } from '../src/lib/server/status.ts'
import { launchBrowser } from './browser.ts'
import { type Stack, startStack } from './stack.ts'

setDefaultTimeout(120_000)

let stack: Stack
let browser: Browser
let page: Page

beforeAll(async () => {
  ;[stack, browser] = await Promise.all([startStack('http://127.0.0.1:9'), launchBrowser()])
  const now = Date.now()
  const error = '<img src=x onerror="document.title=1">'
  await recordRun(stack.clickhouse, {
    job: 'players',
    startedAt: now,
    finishedAt: now,
    watermark: 0,
    rows: 0,
    error,
  })
  page = await (await stack.newContext(browser)).newPage()
})
afterAll(async () => {
  await browser?.close()
  await stack?.stop()
})

const group = (name: string) => page.getByRole('region', { name: new RegExp(name) })

test('says what does not work, what that means and what to do; text from outside is only text', async () => {
  await page.goto(`${stack.url}/status`)
  await page.getByText('2 things do not work').waitFor()
  expect(await group('Taking events').textContent()).toContain('Some pixels are not answered')
  expect(await group('Taking events').textContent()).toContain('What to do: start it, or correct the address')
  expect(await group('The database').textContent()).toContain('works')
  expect(await group('The numbers').textContent()).toContain('players fails: <img src=x')
  expect(await page.title()).toBe('Status · rtpx')
  expect(
    (await new AxeBuilder({ page }).analyze()).violations.map(({ id, nodes }) => [id, nodes[0]?.html]),
  ).toEqual([])
})

test('fits a phone, and is reached from the navigation', async () => {
  await page.goto(stack.url)
  await page.getByRole('link', { name: 'Status' }).first().click()
  await page.waitForURL(/\/status/)
  await page.setViewportSize({ width: 390, height: 844 })
  await page.getByText('What to do:').first().waitFor()
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
})

test('is there when the database is gone, and says so', async () => {
  await stack.stopClickHouse()
  await Bun.sleep(5_000)
  await page.goto(`${stack.url}/status`)
  await group('The database: does not work').waitFor()
  expect(await group('The database').textContent()).toContain('Events wait and are not lost')
  await stack.startClickHouse()
})

test('who does not run the install sees what it means, and no address', () => {
  const { bad } = checkOf('edge_answers', 'Edge http://10.0.0.7:8787')
  const { ok } = checkOf('clickhouse_answers', 'ClickHouse')
  const report = reportOf([bad('does not answer', 'start it'), ok('26.7')], false, 1)
  expect(report).toMatchObject({ status: 'bad', headline: 'One thing does not work', isDetailed: false })
  expect(JSON.stringify(report)).not.toMatch(/10\.0\.0\.7|start it|26\.7/)
  expect(reportOf([ok('26.7')], true, 1).groups[0]?.lines).toHaveLength(1)
})
