/** Funnels and cohorts in Chromium, on the real engine and the built dashboard: their main tasks, the API beside them, and hostile names. */
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
import { takeUpFacts } from '@rtpx/clickhouse/queries/facts'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { launchBrowser } from './browser.ts'
import { HOSTILE } from './hostile.ts'
import { type Stack, startStack } from './stack.ts'

setDefaultTimeout(120_000)

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Noon of a day so long ago that windows are over and weeks have passed. */
const START = Math.floor(Date.now() / DAY_MS) * DAY_MS - 21 * DAY_MS + 12 * HOUR_MS

let stack: Stack
let browser: Browser
let context: BrowserContext
let page: Page
/** Whatever the page complained about: nothing may be left at the end of a test. */
let complaints: string[]

/** Ten visit, six register two hours later, three deposit a day after that; of each banner half. */
function story() {
  return Array.from({ length: 10 }, (_, index) => {
    const who = { player_id: `player-${index}`, banner_tag: index % 2 ? 'summer' : 'winter' }
    const at = (event_type: string, occurred_at: number) => ({
      ...who,
      event_type,
      occurred_at,
      event_date: new Date(occurred_at).toISOString().slice(0, 10),
    })
    return [
      at('visit', START),
      ...(index < 6 ? [at('registration', START + 2 * HOUR_MS)] : []),
      ...(index < 3
        ? [
            {
              ...at('deposit', START + 26 * HOUR_MS),
              transaction_id: `t${index}`,
              amount: '12.5',
              currency: 'EUR',
            },
          ]
        : []),
      // Of the ten, two come back a week later.
      ...(index < 2 ? [at('visit', START + 7 * DAY_MS)] : []),
    ]
  }).flat()
}

beforeAll(async () => {
  stack = await startStack()
  await stack.send(...story())
  await stack.send(
    ...HOSTILE.map((name, index) => ({
      player_id: name,
      banner_tag: name,
      occurred_at: START + index,
      site_id: 'hostile',
      event_date: new Date(START).toISOString().slice(0, 10),
    })),
  )
  await takeUpFacts(stack.clickhouse)
  await stack.clickhouse.insertLines(
    'players_log',
    [...story(), ...HOSTILE.map((name) => ({ player_id: name, banner_tag: name, site_id: 'hostile' }))].map(
      (event) =>
        JSON.stringify({
          site_id: 'default',
          player_id: event.player_id,
          banner_tag: event.banner_tag,
          ...('site_id' in event && { site_id: event.site_id }),
        }),
    ),
  )
  await stack.clickhouse.insertLines('sites_log', [JSON.stringify({ site_id: 'hostile', name: HOSTILE[0] })])
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
  expect(complaints).toEqual([])
  await context.close()
})

const violations = async () =>
  (await new AxeBuilder({ page }).analyze()).violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)
const open = async (path: string, ready: string) => {
  await page.goto(stack.url + path)
  await page.getByTestId(ready).waitFor()
}
const words = async (testid: string) =>
  ((await page.getByTestId(testid).textContent()) ?? '').replaceAll(/\s+/g, ' ').trim()
/** The cells of a table, one after the other. */
const cells = async (table: string) =>
  (
    await page
      .getByRole('region', { name: `Table: ${table}` })
      .locator('th, td')
      .allTextContents()
  )
    .map((text) => text.replaceAll(/\s+/g, ' ').trim())
    .join(' ')
const saved = async (button: string) => {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: button }).first().click(),
  ])
  return Bun.file((await download.path()) ?? '').text()
}
const says = (testid: string, text: string) =>
  page.waitForFunction(
    ([testid, text]) =>
      document
        .querySelector(`[data-testid="${testid}"]`)
        ?.textContent?.replaceAll(/\s+/g, ' ')
        .includes(text ?? ''),
    [testid, text],
  )

describe('the funnels page', () => {
  test('says how many did each step, how fast, and who stopped where', async () => {
    await open('/funnels', 'funnel-steps')
    expect(await words('people-1')).toBe('10')
    expect(await words('people-2')).toBe('6')
    expect(await words('people-3')).toBe('3')
    expect(await words('between-1')).toContain('60.0% went on')
    expect(await words('between-1')).toContain('median 2 h')
    expect(await words('between-2')).toContain('median 1 d')
    expect(await words('between-2')).toContain('3 stopped (50.0%)')
    expect(await words('funnel-figures')).toContain('30.0%')
    expect(await violations()).toEqual([])
    expect(await saved('CSV of these steps')).toContain('2,Registration,6,0.6,0.6,7200,7200')

    await page.getByRole('link', { name: 'Who stopped after step 2, Registration' }).click()
    await page.getByTestId('dropouts').waitFor()
    for (const player of ['player-3', 'player-4', 'player-5'])
      expect(await words('dropouts')).toContain(player)
    expect(await words('dropouts')).not.toContain('player-2')
    expect(await page.getByRole('link', { name: 'player-3' }).getAttribute('href')).toContain('/players')
    expect(await violations()).toEqual([])
  })

  test('counts again by itself while events come, in place', async () => {
    await open('/funnels?s1=live_one&s2=live_two', 'funnel')
    await says('funnel', 'Nobody did the first step')
    await page.evaluate(() => Object.assign(window, { sameDocument: true }))
    await stack.send(
      { event_type: 'live_one', player_id: 'q1', occurred_at: Date.now() - 1_000 },
      { event_type: 'live_one', player_id: 'q2', occurred_at: Date.now() - 1_000 },
      { event_type: 'live_two', player_id: 'q1' },
    )
    await page.getByTestId('funnel').getByText('50.0%').first().waitFor()
    expect(await page.evaluate(() => 'sameDocument' in window)).toBe(true)
    await page.getByText('Live, every 10 s').waitFor()
  })

  test('is put together by mouse and keyboard, and the link is the funnel', async () => {
    await open('/funnels', 'funnel-steps')
    await page.getByLabel('Event of step 1').selectOption('registration')
    await says('people-1', '6')
    expect(new URL(page.url()).searchParams.get('s1')).toBe('registration')

    // By keyboard: the second step goes up, and the focus with it.
    await page.getByRole('button', { name: /^Step 2, Registration: arrow keys/ }).focus()
    await page.getByLabel('Event of step 1').selectOption('visit')
    await says('people-1', '10')
    await page.getByRole('button', { name: /^Step 3, Deposit: arrow keys/ }).focus()
    await page.keyboard.press('ArrowUp')
    await page.waitForURL((url) => url.searchParams.get('s2') === 'deposit')
    await says('people-3', '0')
    await page.waitForFunction(() =>
      document.activeElement?.getAttribute('aria-label')?.startsWith('Step 2, Deposit'),
    )

    // By mouse: the third one before the second.
    await page.locator('[data-handle]').nth(2).dragTo(page.locator('[data-testid=steps] > li').nth(1))
    await page.waitForURL((url) => url.searchParams.get('s2') === 'registration')
    await says('people-3', '3')

    await page.getByRole('button', { name: 'Remove step 3' }).click()
    await page.waitForURL((url) => url.searchParams.get('s3') === null)
    await page.getByRole('button', { name: 'Add a step' }).click()
    await page.getByTestId('people-3').waitFor()

    await page.getByRole('button', { name: 'Add a filter to step 1' }).click()
    await page.getByLabel('Value', { exact: true }).focus()
    await page.waitForFunction(() => document.querySelector('datalist option[value="summer"]'))
    expect(await violations()).toEqual([])
    await page.getByLabel('Value', { exact: true }).fill('summer')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await says('people-1', '5')
    expect(new URL(page.url()).searchParams.get('s1.banner_tag.is')).toBe('summer')
    const link = page.url()
    await page.goto('about:blank')
    await page.goto(link)
    await says('people-1', '5')
    await page.getByRole('button', { name: /Banner is summer; change it/ }).click()
    await page.getByRole('button', { name: 'Remove', exact: true }).click()
    await says('people-1', '10')
  })

  test('is told apart by banner, and a click narrows it', async () => {
    await open('/funnels?by=banner_tag&window=1h', 'funnel-steps')
    await says('people-2', '0')
    await page.getByLabel('within').fill('2')
    await page.keyboard.press('Enter')
    await says('people-2', '6')
    expect(await cells('By banner')).toContain('summer 5 3 0 0.0%')
    expect(await saved('CSV of this table')).toContain('winter,5,3,0,0,')
    await page.getByRole('link', { name: 'summer' }).click()
    await says('people-1', '5')
    expect(new URL(page.url()).searchParams.get('window')).toBe('2h')
  })

  test('says so when nobody entered, or the link makes no sense, and fits a phone', async () => {
    await open('/funnels?s1=never&s2=visit&range=today', 'funnel')
    await says('funnel', 'Nobody did the first step')
    await open('/funnels?s1=visit', 'funnels')
    await says('funnels', 'could not be read')
    await page.setViewportSize({ width: 390, height: 844 })
    await open(
      '/funnels?by=banner_tag&drop=1&s1=visit&s1.path.not_contains=a%20long%20path%20that%20goes%20on&s2=registration',
      'dropouts',
    )
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
    expect(await violations()).toEqual([])
  })
})

describe('the retention page', () => {
  test('shows who came back by week of their first visit, and the averages', async () => {
    await open('/retention', 'cohorts')
    expect(await cells('Cohorts')).toMatch(/ 10 100% 20% /)
    expect(await cells('Cohorts')).toContain('Average 10 100% 20% ')
    await page.locator('[data-testid=curve] path.stroke-series').waitFor()
    await page.getByTestId('curve').press('Home')
    expect(await page.getByTestId('curve').getAttribute('aria-valuetext')).toBe('Week 0: 100%')
    expect(await violations()).toEqual([])
    expect(await saved('CSV of this table')).toMatch(/,10,1,(0\.3|0\.2|0\.5)/)
    await page.getByTestId('show').selectOption('numbers')
    await page.waitForURL('**show=numbers**')
    await page.locator('[data-testid=cohorts] td[title*="2 of 10 players"]').waitFor()
  })

  test('adds up what cohorts deposited, narrowed to a banner by a click', async () => {
    await open('/retention', 'cohorts')
    await page.getByRole('link', { name: 'Deposited by registration' }).click()
    await says('cohorts', '6.25')
    await page.getByTestId('show').selectOption('numbers')
    await says('cohorts', '37.50')
    await page.getByRole('link', { name: 'winter' }).click()
    await page.getByTestId('filter').waitFor()
    await says('cohorts', '25.00')
    await page.keyboard.press('Escape')
    await says('cohorts', '37.50')
    expect(await violations()).toEqual([])
  })

  test('fits a phone, has readable colours in the dark, and says so when nobody began', async () => {
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.setViewportSize({ width: 390, height: 844 })
    await open('/retention', 'cohorts')
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
    expect(await violations()).toEqual([])
    await open('/retention?range=today&period=day', 'retention')
    await says('retention', 'Nobody began')
    await open('/retention?start=birth', 'retention')
    await says('retention', 'could not be read')
  })
})

test('hostile names are texts on both pages and in their files', async () => {
  await open('/funnels?site=hostile&by=banner_tag&drop=1&s1=visit&s2=deposit', 'dropouts')
  for (const name of HOSTILE) expect(await cells('By banner')).toContain(name)
  expect(await page.locator('a[href^="javascript:"]').count()).toBe(0)
  await page
    .locator('section')
    .filter({ hasText: 'By banner' })
    .getByRole('button', { name: 'CSV of this table' })
    .last()
    .waitFor()
  const file = await saved('CSV of this table')
  expect(file).toContain(`"'=HYPERLINK(""http://evil.test"")"`)
  for (const name of HOSTILE) {
    const link = new URLSearchParams({
      site: 'hostile',
      s1: 'visit',
      's1.banner_tag.is': name,
      s2: 'deposit',
    })
    await open(`/funnels?${link}`, 'funnel-steps')
    expect(await words('people-1')).toBe('1')
  }
  await open('/retention?site=hostile', 'cohorts')
  for (const name of HOSTILE) expect(await cells('By acquiring banner')).toContain(name)
})

describe('the API', () => {
  const ask = async (path: string, headers: Record<string, string> = {}) => {
    const response = await context.request.get(stack.url + path, { headers })
    return {
      status: response.status(),
      headers: response.headers(),
      body: response.status() === 304 ? null : await response.json(),
    }
  }
  const days = `from=${new Date(START).toISOString().slice(0, 10)}&to=${new Date(START).toISOString().slice(0, 10)}`

  test('answers a funnel as the page shows it, with an ETag', async () => {
    const path = `/api/analytics/funnel?${days}&s1=visit&s2=registration&s3=deposit&by=banner_tag`
    const { status, body, headers } = await ask(path)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      conversion: 0.3,
      waiting: 0,
      total_median_ms: 26 * HOUR_MS,
      order: 'loose',
      window: '7d',
    })
    expect(
      body.steps.map(({ people, of_previous }: { people: number; of_previous: number }) => [
        people,
        of_previous,
      ]),
    ).toEqual([
      [10, null],
      [6, 0.6],
      [3, 0.5],
    ])
    expect(
      body.values.map(({ value, people }: { value: string; people: number[] }) => [value, people]),
    ).toEqual([
      ['summer', [5, 3, 1]],
      ['winter', [5, 3, 2]],
    ])
    expect((await ask(path, { 'if-none-match': headers.etag ?? '' })).status).toBe(304)
    expect(
      (await ask(`/api/analytics/funnel/values?${days}&field=banner_tag&event_type=visit`)).body,
    ).toEqual(['summer', 'winter'])
  })

  test('answers cohorts as the page shows them', async () => {
    const { body } = await ask(`/api/analytics/retention?${days}&start=registration&back=deposit&period=day`)
    expect(body.cohorts).toHaveLength(1)
    expect(body.cohorts[0].size).toBe(6)
    expect(body.cohorts[0].cells[1]).toEqual({ players: 3, amount: '0', unfinished: false })
    expect(body.average[1]).toEqual({ size: 6, players: 3, amount: '0' })
    expect(body.cohorts[0].cells.at(-1).unfinished).toBe(true)
  })

  test('refuses what cannot be, with the field to blame', async () => {
    const steps = 's1=visit&s2=deposit'
    const cases: [path: string, status: number, code: string, field: string][] = [
      ['funnel?s1=visit', 400, 'missing_parameter', 's2'],
      ['funnel?s1=visit&s3=deposit', 400, 'missing_parameter', 's2'],
      ['funnel?s1=visit&s2=1;DROP', 400, 'invalid_funnel', 's2'],
      [`funnel?${steps}&s2.nothing.is=1`, 400, 'invalid_funnel', 's2.nothing.is'],
      [`funnel?${steps}&s2.path.like=1`, 400, 'unknown_parameter', 's2.path.like'],
      [`funnel?${steps}&s3.path.is=1`, 400, 'invalid_funnel', 's3.path.is'],
      [`funnel?${steps}&s2.amount.at_least=x`, 400, 'invalid_funnel', 's2.amount.at_least'],
      [`funnel?${steps}&window=400d`, 400, 'invalid_funnel', 'window'],
      [`funnel?${steps}&by=player_id`, 400, 'invalid_funnel', 'by'],
      [`funnel?${steps}&site=nobody`, 404, 'unknown_site', 'site'],
      ['retention?start=birth', 400, 'invalid_cohorts', 'start'],
      ['retention?from=2026-02-30', 400, 'invalid_date', 'from'],
      ['funnel/values?field=1%20OR%201', 400, 'invalid_field', 'field'],
    ]
    const answers: typeof cases = []
    for (const [path] of cases) {
      const { status, headers, body } = await ask(`/api/analytics/${path}`)
      expect(headers['content-type']).toBe('application/problem+json')
      answers.push([path, status, body.code, body.field])
    }
    expect(answers).toEqual(cases)
  })
})
