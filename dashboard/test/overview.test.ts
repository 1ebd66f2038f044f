/**
 * The overview's main task in Chromium, on the real engine and the built dashboard: from an empty install to a page that
 * lives, whatever the names in the data try.
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
import { defineMetric } from '#lib/definitions.ts'
import { AMOUNT } from '#lib/metric.ts'
import type { Overview } from '#lib/overview.ts'
import { launchBrowser } from './browser.ts'
import { HOSTILE } from './hostile.ts'
import { type Stack, startStack } from './stack.ts'

setDefaultTimeout(120_000)

const DAY_MS = 86_400_000

let stack: Stack
let browser: Browser
let context: BrowserContext
let page: Page
/** Whatever the page complained about: nothing may be left at the end of a test. */
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
})

const figure = (key: string) => page.getByTestId(`metric-${key}`).getByTestId('figure')
const shows = (key: string, text: string) =>
  page.waitForFunction(
    ([key, text]) =>
      document.querySelector(`[data-testid="metric-${key}"] [data-testid="figure"]`)?.textContent?.trim() ===
      text,
    [key, text],
  )
const chart = () => page.locator('[data-testid=trend] path.stroke-series[d*="L"]').first()
const violations = async () =>
  (await new AxeBuilder({ page }).analyze()).violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)

describe('the overview', () => {
  test('shows the pixels of an empty install and turns into the dashboard by itself', async () => {
    await page.goto(stack.url)
    await page.getByTestId('install').waitFor()
    expect(await page.getByTestId('install').textContent()).toContain(
      'http://edge.test/registration?player_id=PLAYER_ID',
    )
    expect(await violations()).toEqual([])
    await page.evaluate(() => Object.assign(window, { sameDocument: true }))

    await stack.send({ player_id: 'p1', banner_tag: 'first-banner' })
    await page.getByTestId('overview').waitFor()
    await shows('visit', '1')
    expect(await page.getByTestId('banners').textContent()).toContain('first-banner')
    expect(await page.evaluate(() => 'sameDocument' in window)).toBe(true)
    expect(complaints).toEqual([])
  })

  test('moves its numbers in place, each player once', async () => {
    await page.goto(stack.url)
    await shows('visit', '1')
    await page.evaluate(() => Object.assign(window, { sameDocument: true }))
    await stack.send(
      { player_id: 'p1', banner_tag: 'second-banner' },
      { player_id: 'p2', banner_tag: 'second-banner' },
      { player_id: 'p2', banner_tag: 'second-banner', event_type: 'registration' },
      { visitor_id: 'v1', event_type: 'page_view' },
    )
    await shows('visit', '2')
    await shows('registration', '1')
    await shows('visit_to_registration', '50.0%')
    const funnel = page.getByTestId('funnel')
    expect(await funnel.locator('li').allTextContents()).toEqual([
      expect.stringMatching(/Visits\s*2/),
      expect.stringMatching(/Registrations\s*1\s*50\.0%/),
      expect.stringMatching(/Deposits\s*0\s*0\.0%/),
    ])
    expect(await funnel.getByRole('link').getAttribute('href')).toContain(
      's1=visit&s2=registration&s3=deposit',
    )
    expect(await page.getByTestId('others').textContent()).toContain('Page view')
    expect(await page.getByTestId('banner-totals').textContent()).toMatch(
      /^\s*Total\s*2\s*1\s*0\s*50\.0%\s*0\.0%\s*$/,
    )
    expect(await page.evaluate(() => 'sameDocument' in window)).toBe(true)
    expect(complaints).toEqual([])
  })

  test('changes the range by menu, keys, arrows and link, and the link is the view', async () => {
    await stack.send(
      ...[1, 2, 3].map((index) => ({
        player_id: `y${index}`,
        banner_tag: 'a',
        occurred_at: Date.now() - DAY_MS,
      })),
    )
    await page.goto(stack.url)
    await shows('visit', '5')
    await page.getByTestId('range').click()
    expect(await violations()).toEqual([])
    await page.getByRole('link', { name: 'Yesterday' }).click()
    await page.waitForURL('**/?range=yesterday')
    await shows('visit', '3')
    await page.keyboard.press('ArrowRight')
    await page.waitForURL('**/?range=today')
    await shows('visit', '2')
    expect(await page.getByRole('button', { name: 'Later' }).isDisabled()).toBe(true)
    await page.keyboard.press('w')
    await page.waitForURL('**/?range=7d')
    await shows('visit', '3')

    await page.keyboard.press('x')
    await page.waitForURL('**compare=year')
    await page.getByTestId('compare').getByText('To the year before').waitFor()
    await page.keyboard.press('x')
    await page.waitForURL((url) => !url.searchParams.has('compare'))

    await page.getByRole('link', { name: 'Registrations' }).first().click()
    await page.waitForURL('**metric=registration')
    await chart().waitFor({ state: 'attached' })
    await page.reload()
    expect(await page.getByRole('heading', { level: 2 }).first().textContent()).toBe('Registrations by day')
    await page.goto(`${stack.url}/?from=2026-13-01&to=nonsense`)
    expect(await page.getByText('could not be read').count()).toBe(1)
    expect(complaints).toEqual([])
  })

  test('narrows to a banner by a click and widens by Escape', async () => {
    await page.goto(`${stack.url}/?range=today`)
    await page.getByTestId('banners').getByRole('link', { name: 'first-banner' }).click()
    await page.getByTestId('filter').waitFor()
    await shows('visit', '1')
    await page.keyboard.press('Escape')
    await page.getByTestId('filter').waitFor({ state: 'detached' })
    await shows('visit', '2')
    expect(complaints).toEqual([])
  })

  test('shows hostile names as the text they are, on the page and in the file', async () => {
    await stack.send(...HOSTILE.map((banner_tag, index) => ({ player_id: `h${index}`, banner_tag })))
    await page.goto(`${stack.url}/?range=today&sort=banner_tag`)
    await shows('visit', String(2 + HOSTILE.length))
    const names = await page.getByTestId('banners').locator('tbody bdi').allTextContents()
    expect(names.toSorted()).toEqual([...HOSTILE, 'first-banner', 'second-banner'].toSorted())
    expect(await page.locator('main img, main script, a[href^="javascript"]').count()).toBe(0)
    for (const name of HOSTILE) {
      await page.getByTestId('banners').locator('tbody bdi').getByText(name, { exact: true }).click()
      await page.getByTestId('filter').waitFor()
      expect(await page.getByTestId('filter').locator('bdi').textContent()).toBe(name)
      await shows('visit', '1')
      await page.getByRole('button', { name: 'What is this? By banner' }).click()
      await page.getByText('The SQL behind it').waitFor()
      await page.keyboard.press('Escape')
      await page.getByTestId('filter').click()
      await page.getByTestId('filter').waitFor({ state: 'detached' })
    }
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByText('CSV of this table').click(),
    ])
    const csv = await Bun.file((await download.path()) ?? '').text()
    expect(csv).toContain(`"'=HYPERLINK(""http://evil.test"")",1,0,0,0,`)
    expect(csv.split('\r\n')).toHaveLength(1 + HOSTILE.length + 2 + 1 + 1)
    expect(await violations()).toEqual([])
    expect(complaints).toEqual([])
  })

  test('breaks down by what events say, narrows by a click, and says how much was deposited', async () => {
    const said = { country: 'DE', device: 'mobile', domain: 'shop.example', path: '/offer?x=1' }
    await stack.send(
      { player_id: 'n1', banner_tag: 'narrow', ...said },
      { player_id: 'n2', banner_tag: 'narrow', ...said, country: HOSTILE[0] ?? '' },
      {
        player_id: 'n1',
        banner_tag: 'narrow',
        event_type: 'deposit',
        amount: '12.50',
        currency: 'EUR',
        ...said,
      },
      { player_id: 'n3', banner_tag: 'narrow', is_bot: true, ...said },
    )
    await settlePlayers(stack.clickhouse)
    await page.goto(`${stack.url}/?range=today&banner=narrow`)
    await shows('visit', '3')
    await shows('deposit.amount', '12.50')
    await page.getByRole('link', { name: 'Countries' }).click()
    const table = page.getByTestId('overview-by-country')
    await table.getByRole('link', { name: 'Germany' }).click()
    await shows('visit', '2')
    await page.getByRole('link', { name: 'Devices' }).click()
    await page.getByTestId('overview-by-device').getByText('mobile').waitFor()
    await page.getByTestId('bots').click()
    await shows('visit', '1')
    await shows('deposit.amount', '12.50')
    await page.keyboard.press('Escape')
    await page.waitForURL((url) => !url.searchParams.has('country') && !url.searchParams.has('banner'))
    await page.goto(`${stack.url}/?range=today&by=country&country=${encodeURIComponent(HOSTILE[0] ?? '')}`)
    await shows('visit', '1')
    expect(await page.locator('main img, main script').count()).toBe(0)
    expect(await violations()).toEqual([])
    expect(complaints).toEqual([])
  })

  test('keeps views under any name, for oneself or for all, renames and deletes them', async () => {
    await page.goto(`${stack.url}/campaigns?range=7d`)
    const open = async () => {
      await page.getByTestId('views').click()
      await page.getByRole('heading', { name: 'Saved views' }).waitFor()
    }
    const list = page.getByTestId('views-list')
    await open()
    for (const name of HOSTILE) {
      await page.getByLabel('Name of the view').fill(name)
      await page.getByRole('button', { name: 'Save', exact: true }).click()
      await list.getByText(name, { exact: true }).waitFor()
    }
    expect((await list.locator('a bdi').allTextContents()).toSorted()).toEqual([...HOSTILE].toSorted())
    expect(
      await list.locator('a').evaluateAll((links) => [...new Set(links.map((a) => a.getAttribute('href')))]),
    ).toEqual(['/campaigns?site=default&range=7d'])
    expect(await violations()).toEqual([])
    await page.keyboard.press('Escape')
    await page.goto(`${stack.url}/?range=today`)
    await shows('visit', String(5 + HOSTILE.length))
    await open()
    await page.getByLabel('Rename =HYPERLINK').click()
    await page.getByLabel('New name').fill('Week')
    await page.getByRole('button', { name: 'Rename', exact: true }).click()
    for (const name of HOSTILE.filter((name) => !name.startsWith('=')))
      await page.getByLabel(`Delete ${name}`, { exact: true }).click()
    await page.waitForFunction(() => document.querySelectorAll('[data-testid="views-list"] a').length === 1)
    await list.getByText('Week').click()
    await page.waitForURL('**/campaigns?site=default&range=7d')
    expect(complaints).toEqual([])
  })

  test('marks notes on their day, as the text they are; they are changed and deleted', async () => {
    await page.goto(`${stack.url}/?range=30d_to_date`)
    await chart().waitFor({ state: 'attached' })
    const notes = page.getByTestId('notes')
    const today = new Date().toISOString().slice(0, 10)
    for (const text of HOSTILE) {
      await notes.getByRole('button', { name: 'Add a note' }).click()
      await page.getByLabel('What happened').fill(text)
      await page.getByRole('button', { name: 'Save' }).click()
      await notes.getByText(text, { exact: true }).waitFor()
    }
    expect((await notes.locator('li > bdi').allTextContents()).toSorted()).toEqual([...HOSTILE].toSorted())
    expect(await page.locator('main img, main script, a[href^="javascript"]').count()).toBe(0)
    const mark = page.getByTestId('note-mark')
    expect(await mark.count()).toBe(1)
    expect(await mark.getAttribute('aria-label')).toContain(HOSTILE[0])
    const box = await page.getByTestId('trend').boundingBox()
    const at = await mark.boundingBox()
    // Today is the last day: at the right end of the plot.
    expect((at?.x ?? 0) - (box?.x ?? 0)).toBeGreaterThan(0.9 * (box?.width ?? 0) - 24)
    await mark.focus()
    await mark.getByText(HOSTILE[0], { exact: true }).waitFor()
    expect(await violations()).toEqual([])

    await page.getByLabel('Edit =HYPERLINK').click()
    await page.getByLabel('What happened').fill('On the news')
    await page.getByLabel('Shared links').check()
    await page.getByRole('button', { name: 'Save' }).click()
    await notes.getByText('On the news').waitFor()
    await page.getByLabel(`Edit ${HOSTILE[2]}`).click()
    await page.getByRole('button', { name: 'Delete' }).click()
    await notes.getByText(HOSTILE[2], { exact: true }).waitFor({ state: 'detached' })
    const { list } = await (await stack.fetch(`/api/annotations?from=${today}&to=${today}`)).json()
    expect(list.length).toBe(HOSTILE.length - 1)
    expect(complaints).toEqual([])
  })

  test('shows numbers that the SQL behind them answers', async () => {
    for (const query of [
      'range=30d_to_date',
      'range=today',
      `range=today&banner=${encodeURIComponent(HOSTILE[4] ?? '')}`,
      'range=today&country=DE&bots=0',
      'range=30d_to_date&page=/offer&device=mobile',
    ]) {
      const overview: Overview = await (await stack.fetch(`/api/overview?${query}`)).json()
      for (const type of ['visit', 'registration', 'deposit', AMOUNT]) {
        const [row] = await stack.clickhouse.rows<Record<string, number>>(defineMetric(type, overview).sql)
        expect(Object.values(row ?? {}).map(Number)).toEqual([overview.totals.now[type] ?? 0])
      }
    }
  })

  test('fits a phone, in the dark too', async () => {
    await page.setViewportSize({ width: 390, height: 844 })
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.goto(stack.url)
    await chart().waitFor({ state: 'attached' })
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
    expect(await violations()).toEqual([])
    expect(complaints).toEqual([])
  })

  test('the chart is read by the keyboard, point by point, and keeps its arrows to itself', async () => {
    await page.goto(`${stack.url}/?range=30d_to_date`)
    await chart().waitFor()
    const slider = page.getByTestId('trend').getByRole('slider')
    await slider.focus()
    const said = () => slider.getAttribute('aria-valuetext')
    expect(await said()).toMatch(/, so far: Visits .*Registrations .*Deposits /)
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('ArrowLeft')
    expect(await slider.getAttribute('aria-valuenow')).toBe('29')
    const name = (await said())?.split(':')[0] ?? ''
    await page.getByTestId('trend').getByText(name, { exact: true }).waitFor()
    await page.keyboard.press('Home')
    expect(await slider.getAttribute('aria-valuenow')).toBe('1')
    expect(new URL(page.url()).search).toBe('?range=30d_to_date')
    expect(await violations()).toEqual([])
    expect(complaints).toEqual([])
  })

  test('says so when ClickHouse is down, and recovers by itself', async () => {
    await page.goto(`${stack.url}/?range=today`)
    const before = (await figure('visit').textContent())?.trim() ?? ''
    await stack.stopClickHouse()
    await page.getByText('Reconnecting…').waitFor()
    expect((await figure('visit').textContent())?.trim()).toBe(before)
    expect((await fetch(`${stack.url}/health`)).status).toBe(503)
    const problem = await stack.fetch(`/api/metrics`)
    expect([problem.status, await problem.json()]).toMatchObject([503, { code: 'clickhouse_unreachable' }])

    await page.reload()
    await page.getByRole('heading', { name: 'The database does not answer' }).waitFor()
    expect(await page.content()).not.toMatch(/\bat \S+ \(|ECONNREFUSED|node_modules/)
    await stack.startClickHouse()
    await shows('visit', before)
    expect((await fetch(`${stack.url}/health`)).status).toBe(200)
  })
})

describe('GET /api/metrics', () => {
  const get = async (query: string) => {
    const response = await stack.fetch(`/api/metrics${query}`)
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      body: await response.json(),
    }
  }

  test('answers the daily counts, numbers in order of date and type', async () => {
    const today = new Date().toISOString().slice(0, 10)
    const { status, body } = await get(`?from=${today}&to=${today}`)
    expect(status).toBe(200)
    expect(body).toEqual([
      { event_date: today, event_type: 'deposit', count: 1 },
      { event_date: today, event_type: 'page_view', count: 1 },
      { event_date: today, event_type: 'registration', count: 1 },
      { event_date: today, event_type: 'visit', count: 5 + HOSTILE.length },
    ])
    expect((await get('')).body).toHaveLength(5)
    expect((await get('?from=2020-01-01&to=2020-01-31')).body).toEqual([])
  })

  test('names what is wrong with a question', async () => {
    expect(await get('?from=2026-02-30')).toMatchObject({
      status: 400,
      type: 'application/problem+json',
      body: {
        status: 400,
        code: 'invalid_date',
        field: 'from',
        title: expect.any(String),
        detail: expect.any(String),
      },
    })
    expect(await get('?site=nobody')).toMatchObject({
      status: 404,
      body: { code: 'unknown_site', field: 'site' },
    })
  })
})

describe('the API', () => {
  const json = async (path: string, init?: RequestInit) => {
    const response = await stack.fetch(path, init)
    const text = await response.text()
    return { status: response.status, body: text === '' ? null : JSON.parse(text) }
  }

  test('answers the key figures of the overview, and of the pages', async () => {
    const overview: Overview = (await json('/api/overview?range=today')).body
    const { status, body } = await json('/api/analytics/kpis?range=today')
    const { visit = 0, registration = 0, deposit = 0 } = overview.totals.now
    expect([status, body]).toMatchObject([
      200,
      {
        site_id: 'default',
        from: overview.today,
        to: overview.today,
        now: {
          visits: visit,
          registrations: registration,
          deposits: deposit,
          visit_to_registration: registration / visit,
          page_views: 1,
          visitors: 1,
          deposited: overview.amounts.map(({ currency, now }) => ({ currency, amount: now })),
        },
        before: { ...overview.previous, visits: overview.totals.before.visit ?? 0 },
      },
    ])
    expect((await json('/analytics/summary?range=today')).body).toEqual(body)
  })

  test('answers numbers by day, by hour, and of the last 24 hours', async () => {
    const overview: Overview = (await json('/api/overview?range=7d')).body
    const days = (await json('/api/analytics/timeseries?range=7d')).body
    expect(days).toMatchObject({
      unit: 'day',
      buckets: overview.buckets,
      events: { visit: overview.now.visit },
    })
    const { body } = await json('/analytics/timeseries?range=24h')
    expect([body.unit, body.buckets.length, body.unfinished]).toEqual(['hour', 24, 23])
    expect(body.buckets.at(-1)).toBe(new Date().toISOString().slice(0, 13).concat(':00'))
    const today = (await json('/api/overview?range=today')).body
    // At an hour's turn the event may be in the hour before.
    expect(body.events.visit.slice(-2).reduce((sum: number, count: number) => sum + count)).toBe(
      today.totals.now.visit,
    )
    expect(body.page_views.reduce((sum: number, count: number) => sum + count)).toBe(1)
  })

  test('keeps the domains of a site: given, renamed, moved, taken away, each one site’s', async () => {
    const send = (method: string, fields: object, search = '') =>
      json(`/api/domains${search}`, {
        method,
        headers: { 'content-type': 'application/json' },
        ...(method !== 'DELETE' && { body: JSON.stringify(fields) }),
      })
    const domains = async () => (await json('/api/domains')).body.domains
    const site_id = 'default'
    expect(await send('POST', { domain: 'Shop.Brand.com', site_id })).toEqual({
      status: 201,
      body: { domain: 'shop.brand.com', site_id },
    })
    expect((await send('POST', { domain: 'shop.brand.com', site_id })).status).toBe(201)
    expect(await domains()).toEqual([{ domain: 'shop.brand.com', site_id }])
    const renamed = { domain: 'shop.brand.com', new_domain: '*.brand.com' }
    expect((await send('PATCH', renamed)).body).toEqual({ domain: '*.brand.com', site_id })
    expect(await send('PATCH', renamed)).toMatchObject({ status: 404, body: { code: 'unknown_domain' } })
    for (const [fields, status, code] of [
      [{ domain: 'javascript:alert(1)', site_id }, 400, 'invalid_domain'],
      [{ domain: 'a.com', site_id: 'nobody' }, 404, 'unknown_site'],
      [{ domain: 'a.com' }, 400, 'missing_field'],
    ] as const)
      expect(await send('POST', fields)).toMatchObject({ status, body: { code } })
    const registered = await stack.clickhouse.rows<{ domains: string[] }>('SELECT domains FROM sites')
    expect(registered).toEqual([{ domains: ['*.brand.com'] }])
    await Promise.all(['a.com', 'b.com', 'c.com', 'd.com'].map((domain) => send('POST', { domain, site_id })))
    expect((await domains()).length).toBe(5)
    await stack.clickhouse.insertLines('sites_log', [JSON.stringify({ site_id: 'second', name: 'Second' })])
    // Who has which site is asked anew now and then.
    const second = { domain: 'second.com', site_id: 'second' }
    while ((await send('POST', second)).status === 404) await Bun.sleep(100)
    const onto = { domain: 'a.com', new_domain: 'b.com', site_id: 'second' }
    expect(await send('PATCH', onto)).toMatchObject({ status: 409, body: { code: 'domain_taken' } })
    const moved = { domain: 'a.com', site_id: 'second' }
    expect(await send('PATCH', moved)).toEqual({ status: 200, body: moved })
    expect((await domains()).filter((one: { domain: string }) => one.domain === 'a.com')).toEqual([moved])
    for (const domain of ['a.com', 'b.com', 'c.com', 'd.com', 'second.com'])
      await send('DELETE', {}, `?domain=${domain}`)
    expect((await send('DELETE', {}, '?domain=*.brand.com')).status).toBe(204)
    expect((await send('DELETE', {}, '?domain=*.brand.com')).body).toMatchObject({ code: 'unknown_domain' })
    expect(await domains()).toEqual([])
  })
})
