/** The pages of accounts and settings in Chromium: without violations, on a phone, in the dark, and by keyboard and mouse. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, Page } from 'playwright-core'
import { launchBrowser } from './browser.ts'
import { contextWith, type Stack, startStack } from './stack.ts'

setDefaultTimeout(120_000)

let browser: Browser
let stack: Stack

beforeAll(async () => {
  ;[browser, stack] = await Promise.all([launchBrowser(), startStack()])
})
afterAll(async () => {
  await browser?.close()
  await stack?.stop()
})

const SIGNED_OUT = ['/', '/sign-in', '/forgot', '/reset/x', '/two-factor', '/invitation/x']
const SIGNED_IN = ['security', 'sites', 'members', 'keys', 'links', 'audit'].map(
  (name) => `/settings/${name}`,
)

async function faultsOf(page: Page, path: string): Promise<string[]> {
  await page.goto(`${stack.url}${path}`)
  const { violations } = await new AxeBuilder({ page }).analyze()
  const wide = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  )
  return [
    ...violations.map(({ id }) => `${path}: ${id}`),
    ...(wide > 0 ? [`${path}: ${wide} px too wide`] : []),
  ]
}

test.each([
  ['light', 1440],
  ['dark', 390],
] as const)('every page is clean, %s at %d', async (colorScheme, width) => {
  const options = { colorScheme, viewport: { width, height: 900 } }
  const out = await contextWith(browser, stack.url, '', options)
  const inside = await stack.newContext(browser, options)
  const faults: string[] = []
  for (const [context, paths] of [
    [out, SIGNED_OUT],
    [inside, SIGNED_IN],
  ] as const) {
    const page = await context.newPage()
    for (const path of paths) faults.push(...(await faultsOf(page, path)))
  }
  expect(faults).toEqual([])
  await Promise.all([out.close(), inside.close()])
})

test('a person signs in by keyboard, makes a key, and signs out', async () => {
  const context = await contextWith(browser, stack.url, '')
  const page = await context.newPage()
  await page.goto(`${stack.url}/settings/keys`)
  await page.getByLabel('E-mail').fill('owner@brand.test')
  await page.getByLabel('Password').fill('a long enough password')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/settings/keys')
  await page.getByLabel('Name').fill('<img src=x onerror=alert(1)>')
  await page.getByRole('button', { name: 'Create the key' }).click()
  await page.getByText('shown once').waitFor()
  expect(await page.getByTestId('key').textContent()).toMatch(/^rtpx_/)
  await page.goto(`${stack.url}/settings/audit`)
  await page.getByText('<img src=x onerror=alert(1)>').first().waitFor()
  await page.goto(`${stack.url}/settings/security`)
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByText('What your banners bring').waitFor()
  await page.goto(`${stack.url}/settings/keys`)
  expect(new URL(page.url()).pathname).toBe('/sign-in')
  await context.close()
})

test('a guest opens a link by its password, and who is invited joins, in a browser of their own', async () => {
  const inside = await stack.newContext(browser)
  const owner = await inside.newPage()
  const addressShown = async (name: 'link' | 'invitation') =>
    (await owner.getByTestId(name).textContent())?.trim() ?? ''
  await owner.goto(`${stack.url}/settings/links`)
  await owner.getByLabel('Name').fill('For Acme')
  await owner.getByLabel('Password').fill('for acme only')
  await owner.getByLabel('Fixed filters').fill('banner=acme&range=30d')
  await owner.getByRole('button', { name: 'Create the link' }).click()
  const link = await addressShown('link')
  await owner.getByLabel('Name').fill('Funnel for Acme')
  await owner.getByLabel('Page', { exact: true }).selectOption('/funnels')
  await owner.getByRole('button', { name: 'Create the link' }).click()
  await owner.getByText('Funnel for Acme').waitFor()
  const funnel = await addressShown('link')
  await owner.goto(`${stack.url}/settings/members`)
  await owner.getByLabel('E-mail').fill('guest@brand.test')
  await owner.getByRole('button', { name: 'Invite' }).click()
  const invitation = await addressShown('invitation')
  await inside.close()

  const out = await contextWith(browser, stack.url, '')
  const guest = await out.newPage()
  await guest.goto(new URL(new URL(link).pathname, stack.url).href)
  await guest.getByLabel('Password').fill('for acme only')
  await guest.getByRole('button', { name: 'Open' }).click()
  await guest.waitForURL((url) => url.pathname === '/')
  // What the link fixes cannot be taken off, and nothing leads to what it does not show.
  const waysOut = () =>
    guest
      .locator('a[href]:not([href^="?"]):not([href^="/api/overview?"])')
      .evaluateAll((links) => links.map(String))
  expect(await guest.getByTestId('filter').textContent()).toContain('acme')
  expect(await guest.getByRole('button', { name: 'Choose a range' }).count()).toBe(0)
  expect(await waysOut()).toEqual([])
  await out.clearCookies()
  await guest.goto(new URL(new URL(funnel).pathname, stack.url).href)
  await guest.getByText('Nobody did the first step').waitFor()
  expect(await waysOut()).toEqual([])
  await out.clearCookies()
  await guest.goto(new URL(new URL(invitation).pathname, stack.url).href)
  await guest.getByLabel('Name').fill('Gus Guest')
  await guest.getByLabel('Password').fill('another long password')
  await guest.getByRole('button', { name: /join/i }).click()
  await guest.waitForURL((url) => url.pathname === '/')
  await out.close()
})
