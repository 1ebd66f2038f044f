/**
 * The campaigns' main tasks in Chromium, on the real engine and the built dashboard: order, search, group, compare, what it costs and when
 * it is paid back, whatever the banners are called and whoever asks.
 */
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from 'bun:test'
import AxeBuilder from '@axe-core/playwright'
import { settlePlayers } from '@rtpx/clickhouse/testing'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { defineCampaign } from '#lib/campaigns/definitions.ts'
import { amountIn } from '#lib/campaigns/figures.ts'
import type { Campaigns } from '#lib/campaigns/report.ts'
import type { Caller } from '#lib/server/caller.ts'
import { campaignQuestion } from '#lib/server/campaigns/question.ts'
import { readCampaigns } from '#lib/server/campaigns/read.ts'
import type { Opened } from '#lib/server/page.ts'
import { createShare } from '#lib/server/share.ts'
import { launchBrowser } from './browser.ts'
import { HOSTILE } from './hostile.ts'
import { type Stack, startStack } from './stack.ts'

setDefaultTimeout(120_000)

const DAY_MS = 86_400_000
const NOW = Date.now()
const dayOf = (daysAgo: number) => new Date(NOW - daysAgo * DAY_MS).toISOString().slice(0, 10)

let stack: Stack
let browser: Browser
let context: BrowserContext
let page: Page
/** Whatever the page complained about: nothing may be left at the end of a test. */
let complaints: string[]

const event = (
  player_id: string,
  banner_tag: string,
  event_type: string,
  daysAgo: number,
  more: object = {},
) => ({
  player_id,
  banner_tag,
  event_type,
  occurred_at: NOW - daysAgo * DAY_MS,
  created_at: NOW - daysAgo * DAY_MS,
  ...more,
})
const deposit = (player_id: string, banner_tag: string, daysAgo: number, amount: string, currency = 'EUR') =>
  event(player_id, banner_tag, 'deposit', daysAgo, { amount, currency })

beforeAll(async () => {
  stack = await startStack()
  browser = await launchBrowser()
  const visits = (banner: string, count: number, daysAgo: number) =>
    Array.from({ length: count }, (_, index) => event(`${banner} ${index}`, banner, 'visit', daysAgo))
  await stack.send(
    ...visits('summer_tv', 6, 10),
    ...visits('summer_web', 4, 9),
    ...visits('winter_mail', 3, 8),
    ...visits('winter_mail', 2, 40),
    ...HOSTILE.map((banner) => event(`h ${banner}`, banner, 'visit', 5)),
    ...[0, 1, 2].map((index) => event(`summer_tv ${index}`, 'summer_tv', 'registration', 10)),
    event('winter_mail 0', 'winter_mail', 'registration', 8),
    deposit('summer_tv 0', 'summer_tv', 10, '40.10'),
    // Acquired by summer_tv, whatever banner this deposit came with.
    deposit('summer_tv 0', 'winter_mail', 7, '59.90'),
    deposit('summer_tv 1', 'summer_tv', 6, '0.05'),
    deposit('winter_mail 0', 'winter_mail', 3, '7', 'USD'),
  )
  await settlePlayers(stack.clickhouse)
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
afterEach(() => context.close())

const open = async (query: string) => {
  await page.goto(`${stack.url}/campaigns${query}`)
  await page.getByTestId('campaigns-page').waitFor()
}
const table = (name = 'campaigns') => page.getByTestId(name)
const names = (name?: string) =>
  table(name).locator('tbody bdi').and(page.locator('th bdi')).allTextContents()
/** The cells of a row, as they read. */
const cells = async (name: string, of = 'campaigns') =>
  (
    await table(of)
      .getByRole('row')
      .filter({ has: page.getByText(name, { exact: true }) })
      .getByRole('cell')
      .allTextContents()
  ).map((text) => text.replace(/\s+/g, ' ').trim())
const total = async (of = 'campaigns') =>
  (await table(of).locator('tfoot td').allTextContents()).map((text) => text.replace(/\s+/g, ' ').trim())
const violations = async () =>
  (await new AxeBuilder({ page }).analyze()).violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)
async function download(press: () => Promise<void>): Promise<string> {
  const [file] = await Promise.all([page.waitForEvent('download'), press()])
  return Bun.file((await file.path()) ?? '').text()
}

describe('the campaigns', () => {
  test('are a row a banner that adds up to the total, in the order a click asks for', async () => {
    await open('?q=_')
    expect(await names()).toEqual(['summer_tv', 'summer_web', 'winter_mail'])
    // trend, visits, players, registrations, first deposits, deposits, deposited, conversions, per visit
    expect((await cells('summer_tv')).slice(1)).toEqual([
      '6',
      '6',
      '3',
      '2',
      '2',
      '40.15',
      '50.0%',
      '66.7%',
      '6.69',
    ])
    expect((await cells('winter_mail')).slice(1)).toEqual([
      '3',
      '4',
      '1',
      '1',
      '2',
      '59.90',
      '33.3%',
      '100.0%',
      '19.97',
    ])
    // All of it fits a wide screen; what came in another currency is a hover and a choice away.
    const sizes = await table().evaluate((it) => [it.scrollWidth, it.parentElement?.clientWidth])
    expect(sizes[0]).toBe(sizes[1])
    await table()
      .getByTitle(/7\.00 USD in 1 payment$/)
      .waitFor()
    await open('')
    expect((await total()).slice(1, 7)).toEqual(['21', '21', '4', '3', '4', '100.05'])
    await table().getByRole('link', { name: 'First deposits' }).click()
    await page.waitForURL('**sort=-first_deposits**')
    expect((await names()).slice(0, 2)).toEqual(['summer_tv', 'winter_mail'])
    await table().getByRole('link', { name: 'Banner', exact: true }).click()
    await page.waitForURL('**sort=name**')
    expect(await table().locator('th[aria-sort=ascending]').textContent()).toContain('Banner')
    await page.getByTestId('currency').selectOption('USD')
    await page.waitForURL('**currency=USD**')
    expect((await cells('winter_mail'))[6]).toBe('7.00')
    expect(await violations()).toEqual([])
    expect(complaints).toEqual([])
  })

  test('can be searched, grouped by what they begin with, and compared; the link is the view', async () => {
    await open('')
    await page.getByTestId('campaigns-page').getByTestId('search').fill('SUMMER')
    await page.waitForURL('**q=SUMMER**')
    expect(await names()).toEqual(['summer_tv', 'summer_web'])
    expect((await total())[1]).toBe('10')
    await page.getByTestId('campaigns-page').getByTestId('search').fill('')
    await page.waitForURL((url) => !url.searchParams.has('q'))
    await page.getByTestId('group').selectOption({ label: 'Before the first “_”' })
    await page.waitForURL('**group=_**')
    await table().getByText('summer', { exact: true }).waitFor()
    expect((await cells('summer')).slice(1, 6)).toEqual(['10', '10', '3', '2', '2'])
    expect(await table().textContent()).toContain('2 banners')
    await page.getByRole('link', { name: 'Compare summer', exact: true }).press('Enter')
    await page.getByText('Choose a second row').waitFor()
    await page.getByRole('link', { name: 'Compare winter', exact: true }).press('Enter')
    await page.waitForURL('**compare=summer&with=winter**')
    const side = page.getByTestId('compare').getByRole('row')
    await side.first().waitFor()
    const line = async (name: string) =>
      (await side.filter({ hasText: name }).first().getByRole('cell').allTextContents()).map((text) =>
        text.trim(),
      )
    expect(await line('Visits')).toEqual(['10', '3', '233.3% more'])
    expect(await line('Visit → registration')).toEqual(['30.0%', '33.3%', '3.3 points less'])
    const lines = page.getByTestId('compare-lines')
    await lines.press('End')
    expect(await lines.getAttribute('aria-valuetext')).toMatch(/: summer \d+, winter \d+$/)
    expect(await violations()).toEqual([])
    await page.reload()
    expect(await line('First deposits')).toEqual(['2', '1', '100.0% more'])
    await page.keyboard.press('Escape')
    await page.getByTestId('compare').waitFor({ state: 'detached' })
    await table().getByRole('link', { name: 'summer', exact: true }).click()
    await page.waitForURL((url) => url.searchParams.get('q') === 'summer' && !url.searchParams.has('group'))
    expect(await names()).toEqual(['summer_tv', 'summer_web'])
    expect(complaints).toEqual([])
  })

  test('move in place when an event arrives', async () => {
    await open('?q=living')
    await page.getByText('No banner of this range has “living” in its name').waitFor()
    await page.evaluate(() => Object.assign(window, { sameDocument: true }))
    await stack.send({ player_id: 'l1', banner_tag: 'living' })
    await table().getByText('living', { exact: true }).waitFor()
    await stack.send({ player_id: 'l2', banner_tag: 'living' })
    await page.waitForFunction(() =>
      document.querySelector('[data-testid=campaigns] tfoot')?.textContent?.includes('2'),
    )
    expect(await page.evaluate(() => 'sameDocument' in window)).toBe(true)
    expect(complaints).toEqual([])
  })

  test('show hostile names as the text they are, on the page, side by side and in the file', async () => {
    await open(
      `?sort=name&compare=${encodeURIComponent(HOSTILE[0] ?? '')}&with=${encodeURIComponent(HOSTILE[7] ?? '')}&view=costs&payback=${encodeURIComponent(HOSTILE[1] ?? '')}`,
    )
    const shown = await names('campaign-costs')
    for (const name of HOSTILE) expect(shown).toContain(name)
    expect(await page.getByTestId('compare').locator('bdi').allTextContents()).toEqual([
      HOSTILE[0] ?? '',
      HOSTILE[7] ?? '',
    ])
    expect(await page.locator('main img, main script, a[href^="javascript"]').count()).toBe(0)
    await page.getByRole('link', { name: 'Results' }).click()
    await table().waitFor()
    const csv = await download(() => page.getByText('CSV of this table').first().click())
    expect(csv).toContain(`"'=HYPERLINK(""http://evil.test"")",,1,1,0,0,0,0,`)
    expect(csv).toContain('Total,')
    await table()
      .getByText(HOSTILE[7] ?? '', { exact: true })
      .click()
    await page.waitForURL((url) => url.searchParams.get('banner') === HOSTILE[7])
    expect(complaints).toEqual([])
  })

  test('are shown with numbers that the SQL behind them answers', async () => {
    for (const group of ['', '&group=_', '&group=4']) {
      const report: Campaigns = await (await stack.fetch(`/api/campaigns?range=30d_to_date${group}`)).json()
      const answers = async (key: 'visits' | 'players' | 'first_deposits' | 'amount') =>
        stack.clickhouse.rows<Record<string, string | number>>(defineCampaign(key, report).sql)
      const visits = new Map((await answers('visits')).map((row) => [row.name, row.visits]))
      const players = new Map((await answers('players')).map((row) => [row.name, row.players]))
      const first = new Map((await answers('first_deposits')).map((row) => [row.name, row.first_deposits]))
      const amounts = (await answers('amount')).filter(({ currency }) => currency === 'EUR')
      const deposited = new Map(amounts.map((row) => [row.name, row.deposited]))
      for (const row of report.rows)
        expect([row.visits, row.players, row.first_deposits, amountIn(row.amounts, 'EUR')]).toEqual([
          Number(visits.get(row.name) ?? 0),
          Number(players.get(row.name) ?? 0),
          Number(first.get(row.name) ?? 0),
          String(deposited.get(row.name) ?? '0'),
        ])
    }
  })

  test('fit a phone, in the dark too, with costs and two side by side', async () => {
    await page.setViewportSize({ width: 390, height: 844 })
    await page.emulateMedia({ colorScheme: 'dark' })
    for (const query of ['', '?view=costs&compare=summer_tv&with=winter_mail']) {
      await open(query)
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
      expect(await violations()).toEqual([])
    }
    expect(complaints).toEqual([])
  })
})

describe('costs', () => {
  test('are entered, give what each visit cost and the day of payback, are changed, removed and brought back', async () => {
    await open('?view=costs&q=summer')
    await page.getByText('No costs yet.').waitFor()
    await page.getByRole('button', { name: 'Add a cost' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Banner', { exact: true }).fill('summer_tv')
    await dialog.getByLabel('First day').fill(dayOf(10))
    await dialog.getByLabel('Last day').fill(dayOf(10))
    await dialog.getByLabel('Amount').fill('1.000,00')
    await dialog.getByRole('button', { name: 'Add the cost' }).click()
    await dialog.getByText('“1.000,00” is not an amount').waitFor()
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-invalid'))).toBe('true')
    expect(await violations()).toEqual([])
    await dialog.getByLabel('Amount').fill('100')
    await dialog.getByRole('button', { name: 'Add the cost' }).click()
    await page.getByText('The cost was entered.').waitFor()
    // cost, visits, per visit, registrations, per registration, first deposits, per first deposit, deposited, return, result
    expect(await cells('summer_tv', 'campaign-costs')).toEqual([
      '100.00',
      '6',
      '16.67',
      '3',
      '33.33',
      '2',
      '50.00',
      '40.15',
      '40.1%',
      '−59.85',
    ])
    // 40.10 on day 0, 59.90 on day 3 by the same player with another banner: paid back to the cent on day 3.
    const payback = async () => (await table('payback').locator('tbody').textContent())?.replace(/\s+/g, ' ')
    expect(await payback()).toContain('100.00100.05100.0%')
    expect(await payback()).toContain('Day 3')

    await table('costs')
      .getByRole('button', { name: /Change the cost for summer_tv/ })
      .click()
    await dialog.getByLabel('Amount').fill('200.10')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByText('The cost was changed.').waitFor()
    expect(await payback()).toContain('50.0%')
    expect(await payback()).toContain('not yet')
    await table('costs')
      .getByRole('button', { name: /Change the cost for summer_tv/ })
      .click()
    await dialog.getByRole('button', { name: 'Remove this cost' }).click()
    await page.getByText('The cost was removed.').waitFor()
    expect((await cells('summer_tv', 'campaign-costs'))[0]).toBe('–')
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByText('The cost is back.').waitFor()
    expect((await cells('summer_tv', 'campaign-costs'))[0]).toBe('200.10')
    expect(complaints).toEqual([])
  })

  test('come from a CSV, all or none, each wrong line with its reason', async () => {
    await open('?view=costs')
    await page.waitForLoadState('networkidle')
    await page.getByRole('button', { name: 'Import CSV' }).click()
    const head = 'banner_tag,applies_to,from_day,to_day,amount,currency,note'
    const days = `${dayOf(9)},${dayOf(8)}`
    const good = [
      head,
      `summer_,prefix,${days},70,EUR,`,
      `"'=HYPERLINK(""http://evil.test"")",banner,${days},3.33,EUR,<b>x</b>`,
    ].join('\n')
    await page.getByTestId('cost-lines').fill(`${good}\nwinter_mail,,${dayOf(9)},${dayOf(20)},1,EUR,`)
    await page.getByTestId('cost-lines').blur()
    await page.getByText('The last day is before the first.').waitFor()
    expect(await page.getByTestId('cost-verdict').textContent()).toContain('Line 4')
    expect(await page.getByRole('button', { name: /^Enter/ }).isDisabled()).toBe(true)
    expect(await violations()).toEqual([])
    complaints = []
    await page.getByTestId('cost-lines').fill(good)
    await page.getByTestId('cost-lines').blur()
    await page.getByRole('button', { name: 'Enter 2 costs' }).click()
    await page.getByText('2 costs were entered.').waitFor()
    // Of the prefix's two days one has visits, all of summer_web; the other is nobody's.
    expect((await cells('summer_web', 'campaign-costs'))[0]).toBe('35.00')
    expect((await cells('Costs without a visit', 'campaign-costs'))[0]).toBe('35.00')
    const csv = await download(() => page.getByText('CSV of this table').last().click())
    expect(csv).toContain(`"'=HYPERLINK(""http://evil.test"")",banner,${days},3.33,EUR,<b>x</b>,`)
    await page.getByTestId('payback-of').selectOption({ label: 'summer_web' })
    await page.waitForURL('**payback=summer_web**')
    expect(await table('payback').locator('tbody').textContent()).toContain('35.00')
    expect(complaints).toEqual([])
  })

  const send = (method: string, path: string, body: unknown, type = 'application/json') =>
    stack.fetch(`/api/costs${path}`, {
      method,
      headers: { 'content-type': type },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })

  test('are refused by the API with a code, the field and every reason; nobody overwrites another', async () => {
    const cost = {
      banner_tag: 'api',
      from_day: '2026-01-01',
      to_day: '2026-01-31',
      amount: '5',
      currency: 'EUR',
    }
    const bad = await send('POST', '', { ...cost, amount: '5,0', currency: '?' })
    expect([bad.status, await bad.json()]).toMatchObject([
      400,
      { code: 'invalid_cost', field: 'amount', errors: [{ field: 'amount' }, { field: 'currency' }] },
    ])
    // A form of another origin could send this.
    expect((await send('POST', '', cost, 'text/plain')).status).toBe(415)
    expect((await send('POST', '', cost, 'application/xml')).status).toBe(415)
    expect((await send('POST', '', '{')).status).toBe(400)
    expect((await send('POST', '', 'x'.repeat(600_000), 'text/csv')).status).toBe(413)
    const made = await send('POST', '', cost)
    expect(made.status).toBe(201)
    const { cost_id, updated_at } = await made.json()
    expect((await send('POST', '', cost)).status).toBe(400)
    expect((await send('PUT', `/${cost_id}`, { ...cost, amount: '6', updated_at })).status).toBe(200)
    const late = await send('PUT', `/${cost_id}`, { ...cost, amount: '7', updated_at })
    expect([late.status, await late.json()]).toMatchObject([409, { code: 'changed_meanwhile' }])
    expect((await send('DELETE', `/${cost_id}`, {})).status).toBe(204)
    expect((await send('DELETE', `/${cost_id}`, {})).status).toBe(404)
    expect((await send('DELETE', '/no-id', {})).status).toBe(404)
  })
})

describe('GET /api/analytics/campaigns', () => {
  const get = (query: string, headers = {}) => stack.fetch(`/api/analytics/campaigns${query}`, { headers })

  test('answers a page at a time, and 304 to who has it', async () => {
    const seen: string[] = []
    for (let after: string | null = '0'; after !== null; ) {
      const answer = await (await get(`?q=_&limit=2&sort=-visits&after=${after}`)).json()
      seen.push(...answer.rows.map(({ name }: { name: string }) => name))
      expect(answer.total).toMatchObject({ visits: 13, registrations: 4, first_deposits: 3 })
      after = answer.next
    }
    expect(seen).toEqual(['summer_tv', 'summer_web', 'winter_mail'])
    const query = `?from=${dayOf(20)}&to=${dayOf(7)}&group=_`
    const first = await get(query)
    const { rows, previous } = await first.json()
    expect(rows[0]).toMatchObject({
      name: 'summer',
      visits: 10,
      banners: 2,
      before: { visits: 0 },
      amounts: [{ currency: 'EUR', amount: '40.1', payments: 1 }],
    })
    expect(previous).toEqual({ from: dayOf(34), to: dayOf(21), until: null })
    const again = await get(query, { 'if-none-match': first.headers.get('etag') ?? '' })
    expect([again.status, await again.text()]).toEqual([304, ''])
  })

  test.each([
    ['?from=2026-02-30', 400, 'invalid_date', 'from'],
    ['?range=forever', 400, 'invalid_range', 'range'],
    ['?group=x', 400, 'invalid_group', 'group'],
    ['?sort=-colour', 400, 'invalid_sort', 'sort'],
    ['?limit=0', 400, 'invalid_limit', 'limit'],
    ['?after=-1', 400, 'invalid_cursor', 'after'],
    ['?site=nobody', 404, 'unknown_site', 'site'],
  ])('names what is wrong with %s', async (query, status, code, field) => {
    const response = await get(query)
    expect([response.status, response.headers.get('content-type')]).toEqual([
      status,
      'application/problem+json',
    ])
    expect(await response.json()).toMatchObject({ code, field })
  })
})

test('a partner sees only its own banners in every number, and no costs', async () => {
  const caller: Caller = {
    user_id: 'p',
    name: 'Partner',
    email: '',
    organization_id: 'o',
    role: 'partner',
    site_ids: 'all',
    banner_prefixes: ['summer_w', 'winter_'],
  }
  const site = { site_id: 'default', name: '', time_zone: 'UTC' }
  const services = {
    clickhouse: stack.clickhouse,
    share: createShare(() => performance.now()),
  } as Opened['services']
  const ask = (name: string) =>
    (({ group: '_', view: 'costs', compare: 'summer_tv' }) as Record<string, string>)[name] ?? null
  const range = { preset: 'custom', from: dayOf(29), to: dayOf(0) }
  const opened: Opened = {
    services,
    caller,
    site,
    sites: [site],
    today: dayOf(0),
    range,
    ask,
    params: new URLSearchParams(),
    now: NOW,
  }
  const report = await readCampaigns(opened, campaignQuestion(ask))
  expect(
    report.rows.map(({ name, visits, players, registrations, first_deposits }) => [
      name,
      visits,
      players,
      registrations,
      first_deposits,
    ]),
  ).toEqual([
    ['summer', 4, 4, 0, 0],
    ['winter', 3, 4, 1, 1],
  ])
  expect(report.total).toMatchObject({
    visits: 7,
    players: 8,
    registrations: 1,
    first_deposits: 1,
    costs: [],
    before: { visits: 2 },
  })
  expect(report.compared).toMatchObject([{ name: 'summer_tv', visits: 0, players: 0 }])
  expect(report).toMatchObject({
    shows_costs: false,
    edits_costs: false,
    payback: null,
    currencies: ['EUR', 'USD'],
  })
  expect(JSON.stringify(report)).not.toContain('40.1')
})
