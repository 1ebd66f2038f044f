/** Players in Chromium: a segment built, saved, shared and downloaded; a player's page; erasure with the id typed again; the API. */
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
import { carryOutErasure } from '@rtpx/clickhouse/privacy/erase'
import { openErasures } from '@rtpx/clickhouse/privacy/ledger'
import { takeUpFacts } from '@rtpx/clickhouse/queries/facts'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { withoutPlayer } from '#lib/server/players/texts.ts'
import { launchBrowser } from './browser.ts'
import { HOSTILE, seedPlayers, tellPlayers } from './players-seed.ts'
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
afterEach(() => context.close())

const violations = async () =>
  (await new AxeBuilder({ page }).analyze()).violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)
const total = (text: string) =>
  page.waitForFunction(
    (text) => document.querySelector('[data-testid="total"]')?.textContent?.trim() === text,
    text,
  )
const cookies = async () => (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ')
const api = async (path: string, init: RequestInit = {}) => {
  const response = await fetch(stack.url + path, {
    ...init,
    headers: { cookie: await cookies(), origin: stack.url, ...init.headers },
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.includes('json')
  return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : null }
}
const segment = (field: string, op: string, value: unknown) =>
  encodeURIComponent(JSON.stringify({ match: 'all', of: [{ field, op, value }] }))

describe('the page of players', () => {
  test('says why it is empty', async () => {
    await page.goto(`${stack.url}/players`)
    await page.getByText('No player yet.').waitFor()
    expect(await violations()).toEqual([])
    expect(complaints).toEqual([])
  })

  test('builds a segment with a nested group, the count following, and the link is the segment', async () => {
    await seedPlayers(stack)
    await page.goto(`${stack.url}/players`)
    await total('48')
    await page.getByRole('button', { name: 'Add a condition' }).click()
    await page.getByRole('button', { name: 'depositor', exact: true }).click()
    await total('8')
    await page.getByRole('button', { name: 'registered', exact: true }).click()
    await total('16')
    await page.getByRole('button', { name: 'Add a group' }).click()
    const inner = page.getByRole('group', { name: 'Group of conditions' })
    await inner.getByLabel('Field').selectOption({ label: 'Country' })
    await inner.getByLabel('Country: add').fill('DE')
    await inner.getByLabel('Country: add').press('Enter')
    await total('8')
    await inner.getByRole('button', { name: 'Add a condition' }).click()
    await inner.getByLabel('Field').nth(1).selectOption({ label: 'Deposited amount' })
    await inner.getByLabel('Amount', { exact: true }).fill('100')
    await inner.getByLabel('Currency', { exact: true }).fill('eur')
    await total('11')
    expect(await page.getByTestId('stage-depositor').textContent()).toBe('7')
    expect(await violations()).toEqual([])
    const url = page.url()
    const other = await context.newPage()
    await other.goto(url)
    expect(await other.getByTestId('total').textContent()).toBe('11')
    await other.getByTestId('condition').nth(2).waitFor()
    expect(await other.getByTestId('condition').count()).toBe(3)
    await other.close()
    // A condition was a step, and so is a way back.
    await page.goBack()
    await total('8')
    await page.goForward()
    await total('11')
    await page.keyboard.press('Escape')
    await page.goto(
      `${stack.url}/players?segment=${encodeURIComponent('{"match":"all","of":[{"field":"x"}]}')}`,
    )
    await page.getByText('This link could not be read').waitFor()
    await total('48')
    expect(complaints).toEqual([])
  })

  test('saves a segment for the organization, with its count, and deletes it', async () => {
    await page.goto(`${stack.url}/players?segment=${segment('stage', 'is', ['depositor'])}`)
    await page.getByLabel('Name of the segment').fill('<b>Payers</b> "1"')
    await page.getByRole('button', { name: 'Save this segment' }).click()
    const saved = page.getByTestId('saved').getByRole('link')
    await saved.waitFor()
    await page.waitForFunction(() =>
      /8\s*$/.test(document.querySelector('[data-testid="saved"] a')?.textContent ?? ''),
    )
    await page.goto(`${stack.url}/players`)
    await saved.click()
    await total('8')
    expect(await saved.locator('bdi').textContent()).toBe('<b>Payers</b> "1"')
    expect(await violations()).toEqual([])
    await page.getByRole('button', { name: 'Delete “<b>Payers</b> "1"”' }).click()
    await page.getByText('None yet.').waitFor()
    await total('48')
    expect(complaints).toEqual([])
  })

  test('finds by id, visitor and transaction; sorts; pages through everybody once', async () => {
    await page.goto(`${stack.url}/players`, { waitUntil: 'networkidle' })
    await page.getByLabel('Search players').fill('player-00')
    await total('10')
    await page.getByLabel('Search players').fill('visitor-of-7')
    await total('1')
    await page.getByLabel('Search players').fill('tx-3')
    await total('1')
    await page.getByLabel('Search players').fill('')
    await total('48')
    await page.getByRole('link', { name: 'Deposits' }).click()
    await page.waitForURL('**sort=-total_deposits**')
    const seen: string[] = []
    for (let after = ''; ; ) {
      const { body } = await api(`/api/players?limit=20&sort=-total_deposits${after}`)
      seen.push(...body.players.map((player: { player_id: string }) => player.player_id))
      if (!body.next) break
      after = `&after=${encodeURIComponent(body.next)}`
    }
    expect(new Set(seen).size).toBe(48)
    expect(seen).toHaveLength(48)
    expect(complaints).toEqual([])
  })

  test('downloads every match, cells neutralised', async () => {
    await page.goto(`${stack.url}/players`)
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'CSV of all 48' }).click(),
    ])
    const csv = await Bun.file((await download.path()) ?? '').text()
    expect(csv.split('\r\n')).toHaveLength(1 + 48 + 1)
    expect(csv).toContain(`"'=HYPERLINK(""http://evil.test"")"`)
    expect(csv).not.toMatch(/(^|,|\n)"?[=+@]/)
  })
})

describe('the page of one player', () => {
  test('tells the stages, banners, payments, visitors and findings, and every event with what it carried', async () => {
    await page.goto(`${stack.url}/players?q=player-003`)
    await page.getByTestId('players-table').getByRole('link', { name: 'player-003' }).click()
    await page.getByTestId('player').waitFor()
    const facts = (await page.getByTestId('facts').textContent()) ?? ''
    expect(facts).toContain('depositor')
    expect(facts).toContain('spring-sale')
    expect(facts).toContain('150')
    const text = (await page.getByTestId('player').textContent()) ?? ''
    expect(text).toContain('visitor-of-3')
    expect(text).toContain('also sent as 175 EUR')
    expect(text).toContain('before the name was known')
    const event = page.getByTestId('event').filter({ hasText: 'Deposit' }).last()
    await event.locator('summary').click()
    expect(await event.textContent()).toContain('tx-3')
    expect(await event.textContent()).toContain('"level": 3')
    expect(await violations()).toEqual([])
    expect(complaints).toEqual([])
  })

  test('turns the pages of a long timeline', async () => {
    await page.goto(`${stack.url}/players/busy`)
    await page.getByTestId('event').first().waitFor()
    const first = await page.getByTestId('event').count()
    expect(first).toBe(50)
    await page.getByRole('link', { name: 'Older events' }).click()
    await page.getByText('Timeline, continued').waitFor()
    expect(await page.getByTestId('event').count()).toBe(30)
    await page.getByRole('link', { name: 'Newest' }).click()
    await page.getByRole('heading', { name: 'Timeline', exact: true }).waitFor()
    expect(complaints).toEqual([])
  })

  test('shows hostile names as the text they are, wherever they stand', async () => {
    for (const name of HOSTILE) {
      await page.goto(`${stack.url}/players?q=${encodeURIComponent(name)}`)
      await total('1')
      const link = page.getByTestId('players-table').getByRole('link').filter({ hasText: name }).last()
      await link.click()
      await page.getByTestId('player').waitFor()
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(name)
      await page.getByTestId('event').first().locator('summary').click()
      expect(await page.getByTestId('event').first().textContent()).toContain(name)
    }
    expect(await page.locator('main img, main script, a[href^="javascript" i]').count()).toBe(0)
    expect(await violations()).toEqual([])
    expect(complaints).toEqual([])
    const nobody = await page.goto(`${stack.url}/players/nobody-of-that-name`)
    expect(nobody?.status()).toBe(404)
  })

  test('fits a phone, in the dark too', async () => {
    await page.setViewportSize({ width: 390, height: 844 })
    await page.emulateMedia({ colorScheme: 'dark' })
    for (const path of [
      `/players?segment=${segment('banner_tag', 'is', ['spring-sale', 'x'.repeat(200)])}`,
      '/players/player-003',
    ]) {
      await page.goto(stack.url + path)
      await page.locator('main').waitFor()
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
      expect(await violations()).toEqual([])
    }
    expect(complaints).toEqual([])
  })

  test('exports and erases, with the id typed again, and shows the receipt', async () => {
    await page.goto(`${stack.url}/players/player-005`)
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Export everything as JSON' }).click(),
    ])
    const exported = JSON.parse(await Bun.file((await download.path()) ?? '').text())
    expect(exported).toMatchObject({ player_id: 'player-005', visitors: ['visitor-of-5'] })
    expect(exported.tables.events_log.length).toBeGreaterThan(0)

    // What people wrote of the player, and of another whose id begins alike.
    const write = (path: string, body: object) =>
      stack.fetch(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    const day = new Date().toISOString().slice(0, 10)
    await write('/api/annotations', { day, text: 'Called player-005, not player-0051' })
    for (const q of ['player-005', 'player-0051'])
      await write('/api/views', { name: 'Kept', href: `/players?site=default&q=${q}` })

    await page.getByRole('button', { name: 'Erase this player…' }).click()
    const erase = page.getByRole('button', { name: 'Erase for good' })
    await page.getByLabel('Type player-005 to confirm').fill('player-00')
    expect(await erase.isDisabled()).toBe(true)
    expect(await violations()).toEqual([])
    await page.getByLabel('Type player-005 to confirm').fill('player-005')
    await erase.click()
    await page.getByText('Being erased').waitFor()
    const notes = await (await stack.fetch(`/api/annotations?from=${day}&to=${day}`)).json()
    expect(notes.list.map(({ text }: { text: string }) => text)).toEqual(['Called [erased], not player-0051'])
    const views = await (await stack.fetch('/api/views')).text()
    expect(views).not.toMatch(/player-005\b/)
    expect(views).toContain('player-0051')
    // What the aggregator's job does.
    for (const erasure of await openErasures(stack.clickhouse))
      await carryOutErasure(stack.clickhouse, erasure)
    await page.getByText(/^Erased Today/).waitFor()
    expect(await page.getByTestId('receipt').textContent()).toContain('events_log')
    expect(await page.getByText('No event is kept of this player').count()).toBe(1)
    await page.goto(`${stack.url}/players`)
    await total('47')
    expect(complaints).toEqual([])
  })
})

describe('the API', () => {
  test('names what is wrong with a question', async () => {
    const problems = [
      ['/api/players?segment=%7B', 400, 'invalid_segment', 'segment'],
      ['/api/players?sort=amount', 400, 'invalid_sort', 'sort'],
      ['/api/players?limit=5000', 400, 'invalid_limit', 'limit'],
      ['/api/players?after=x', 400, 'invalid_cursor', 'after'],
      ['/api/players?site=nobody', 404, 'unknown_site', 'site'],
      ['/api/players/nobody', 404, 'unknown_player', undefined],
      ['/api/players/player-003?after=x', 400, 'invalid_cursor', 'after'],
    ] as const
    for (const [path, status, code, field] of problems) {
      const answer = await api(path)
      expect({
        path,
        status: answer.status,
        type: answer.headers.get('content-type'),
        body: answer.body,
      }).toMatchObject({
        status,
        type: 'application/problem+json',
        body: { code, ...(field && { field }) },
      })
    }
  })

  test('answers a player, and counts without listing', async () => {
    expect((await api('/api/players?limit=0')).body).toMatchObject({ total: 47, players: [], next: null })
    expect((await api('/api/players/player-003')).body).toMatchObject({
      lifecycle: { stage: 'depositor', total_deposits: 1, amounts: { EUR: '150' } },
      visitors: [{ visitor_id: 'visitor-of-3', is_owned: true }],
    })
  })

  test('keeps saved segments: made, changed, deleted; refused when they are none', async () => {
    const json = (method: string, body: unknown): RequestInit => ({
      method,
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    })
    const definition = { match: 'any', of: [{ field: 'stage', op: 'is', value: ['visitor'] }] }
    const made = await api('/api/segments', json('POST', { name: 'Lookers', definition }))
    expect(made).toMatchObject({ status: 201, body: { name: 'Lookers', definition, site_id: 'default' } })
    expect((await api('/api/segments')).body).toMatchObject([
      { name: 'Lookers', players: expect.any(Number) },
    ])
    const path = `/api/segments/${made.body.id}`
    expect((await api(path, json('PATCH', { name: 'Visitors' }))).body).toMatchObject({
      name: 'Visitors',
      definition,
    })
    expect(await api(path, json('PATCH', { definition: { match: 'all' } }))).toMatchObject({
      status: 400,
      body: { code: 'invalid_segment', field: 'definition' },
    })
    expect((await api('/api/segments', json('POST', { name: '', definition }))).body).toMatchObject({
      code: 'invalid_name',
    })
    expect((await api('/api/segments', json('POST', { name: 'x' }))).body).toMatchObject({
      code: 'invalid_segment',
      field: 'definition',
    })
    expect(
      (
        await api('/api/segments', {
          method: 'POST',
          body: '{',
          headers: { 'content-type': 'application/json' },
        })
      ).body,
    ).toMatchObject({ code: 'bad_json' })
    const asText = { method: 'POST', body: '{}', headers: { 'content-type': 'text/plain' } }
    for (const route of ['/api/segments', '/api/annotations', '/api/players/ann/erasure'])
      expect(await api(route, asText)).toMatchObject({ status: 415, body: { code: 'unsupported_type' } })
    expect((await api(path, json('DELETE', {}))).status).toBe(204)
    expect(await api(path, json('DELETE', {}))).toMatchObject({
      status: 404,
      body: { code: 'unknown_segment' },
    })
    expect((await api('/api/segments')).body).toEqual([])
  })

  test('erases only who was typed again', async () => {
    const ask = (confirm: unknown) =>
      api('/api/players/player-006/erasure', {
        method: 'POST',
        body: JSON.stringify({ confirm }),
        headers: { 'content-type': 'application/json' },
      })
    expect(await ask('player-00')).toMatchObject({
      status: 400,
      body: { code: 'not_confirmed', field: 'confirm' },
    })
    expect((await api('/api/players/player-006/erasure')).body).toEqual([])
    expect(await ask('player-006')).toMatchObject({ status: 202, body: { state: 'requested' } })
    expect((await api('/api/players/player-006/erasure')).body).toMatchObject([{ state: 'requested' }])
    await takeUpFacts(stack.clickhouse)
  })
})

test('the list follows what comes, without a reload', async () => {
  await page.goto(`${stack.url}/players?q=comes-later`)
  await total('0')
  await page.evaluate(() => Object.assign(window, { sameDocument: true }))
  await stack.send({ player_id: 'comes-later', banner_tag: 'a' })
  await tellPlayers(stack)
  await total('1')
  await page.getByRole('link', { name: 'comes-later' }).waitFor()
  expect(await page.evaluate(() => 'sameDocument' in window)).toBe(true)
  expect(complaints).toEqual([])
})

test('a player’s page follows what comes, and bots’ players can be left out', async () => {
  await stack.send({ player_id: 'followed', banner_tag: 'a' })
  await tellPlayers(stack)
  await page.goto(`${stack.url}/players/followed`)
  await page.evaluate(() => Object.assign(window, { sameDocument: true }))
  const events = page.getByTestId('event')
  expect(await events.count()).toBe(1)
  await stack.send({ player_id: 'followed', banner_tag: 'a', event_type: 'click' })
  await events.nth(1).waitFor()
  expect(await page.evaluate(() => 'sameDocument' in window)).toBe(true)
  await stack.send({ player_id: 'followed-by-bots', banner_tag: 'a', is_bot: true })
  await tellPlayers(stack)
  await page.goto(`${stack.url}/players?q=followed`)
  await total('2')
  await page.getByTestId('bots').click()
  await total('1')
  expect(await violations()).toEqual([])
  expect(complaints).toEqual([])
})

test('a short id is taken out of a text only beside the name of a field', () => {
  expect(withoutPlayer('7 banners, player_id=7, 70', '7')).toBe('7 banners, player_id=[erased], 70')
  expect(withoutPlayer('of a%20player%2F1 and "a player/1"', 'a player/1')).toBe('of [erased] and "[erased]"')
})
