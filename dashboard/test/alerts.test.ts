/** Alerts in Chromium, on the real engine and the built dashboard: a rule made with its preview, acknowledged, told; the printed week. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, setDefaultTimeout, test } from 'bun:test'
import { randomUUID } from 'node:crypto'
import AxeBuilder from '@axe-core/playwright'
import { uuidOf } from '@rtpx/clickhouse/alerts/episodes'
import { deliveryOf, writeDeliveries } from '@rtpx/clickhouse/queries/alert-deliveries'
import { alertStatements } from '@rtpx/clickhouse/queries/alert-statements'
import {
  type StoredEpisode,
  sealedChannel,
  writeChecks,
  writeEpisodes,
} from '@rtpx/clickhouse/queries/alerts'
import { takeUpFacts } from '@rtpx/clickhouse/queries/facts'
import { foldDay } from '@rtpx/clickhouse/queries/traffic'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { AlertsReport } from '#lib/alerts.ts'
import { addDays, startOfWeek } from '#lib/day.ts'
import { mendStatements } from '#lib/server/alerts/statement-scopes.ts'
import { launchBrowser } from './browser.ts'
import { HOSTILE } from './hostile.ts'
import { memberOf, storeOf } from './people.ts'
import { type Stack, startStack } from './stack.ts'

setDefaultTimeout(120_000)
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

let stack: Stack
let browser: Browser
let context: BrowserContext
let page: Page
let complaints: string[]
const now = Date.now()
const monday = addDays(startOfWeek(new Date(now).toISOString().slice(0, 10)), -7)

beforeAll(async () => {
  stack = await startStack()
  // A visit every two minutes for half a day, but none for one hour in the middle of it; and a visit of each hostile banner last week.
  const visits = Array.from({ length: 360 }, (_, index) => now - (index + 1) * 2 * MINUTE_MS)
    .filter((at) => at < now - 420 * MINUTE_MS || at >= now - 360 * MINUTE_MS)
    .map((occurred_at) => ({ occurred_at, player_id: randomUUID(), banner_tag: 'summer' }))
  const lastWeek = HOSTILE.map((banner_tag, index) => ({
    occurred_at: Date.parse(`${addDays(monday, index % 7)}T10:00:00Z`),
    player_id: randomUUID(),
    banner_tag: banner_tag.slice(0, 256),
  }))
  await stack.send(...visits, ...lastWeek)
  await takeUpFacts(stack.clickhouse)
  for (const back of [0, 1]) await foldDay(stack.clickhouse, Math.floor(now / DAY_MS) - back, 0)
  browser = await launchBrowser()
}, 120_000)

afterAll(async () => {
  await browser?.close()
  await stack?.stop()
})

beforeEach(async () => {
  complaints = []
  context = await stack.newContext(browser)
  page = await watched(context)
})

afterEach(async () => {
  await context.close()
  expect(complaints).toEqual([])
})

async function watched(of: BrowserContext): Promise<Page> {
  const opened = await of.newPage()
  opened.setDefaultTimeout(45_000)
  opened.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  opened.on('pageerror', (error) => complaints.push(String(error)))
  opened.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  return opened
}

async function open(path: string) {
  await page.goto(stack.url + path)
  // Once the page lives: its scripts have taken it over.
  await page.waitForFunction(
    () => document.querySelector('[data-testid="alerts"], [data-testid="report"]') !== null,
  )
  await page.waitForLoadState('networkidle').catch(() => undefined)
}

async function axe() {
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([])
}

const api = (method: string, path: string, body?: unknown) =>
  page.request.fetch(`${stack.url}/api/alerts${path}`, {
    method,
    headers: { 'content-type': 'application/json', origin: stack.url },
    ...(body === undefined ? {} : { data: JSON.stringify(body) }),
  })
const readReport = async () => (await (await api('GET', '')).json()) as AlertsReport

const SILENCE = {
  name: 'Nothing comes',
  definition: { kind: 'silence', filter: {}, minutes: 30, least: 0, for_minutes: 0, recover_minutes: 0 },
  channels: [],
  in_browser: true,
  enabled: true,
}

function episode(rule_id: string, name: string, more: Partial<StoredEpisode> = {}): StoredEpisode {
  return {
    alert_id: uuidOf([rule_id, name]),
    rule_id,
    subject: '',
    sequence: 1,
    site_id: 'default',
    rule_name: name,
    kind: 'silence',
    status: 'firing',
    since: now - 5 * MINUTE_MS,
    opened_at: now - 5 * MINUTE_MS,
    well_since: null,
    resolved_at: null,
    resolved_by: '',
    value: 30,
    bound: 30,
    words: `The last event came 30 minutes ago. ${name}`,
    channels: [],
    in_browser: true,
    judged_at: now,
    version: 1,
    ...more,
  }
}

test('a rule is made while its preview shows when it would have fired, then edited, paused and deleted', async () => {
  await open('/alerts')
  expect(await page.getByText('No rule yet.').isVisible()).toBe(true)
  await axe()
  await page.getByRole('link', { name: 'New rule' }).click()
  await page.getByLabel('Name', { exact: true }).fill('Visits went away')
  await page.getByRole('combobox', { name: 'Kind', exact: true }).selectOption('silence')
  await page.getByLabel('Nothing comes for').fill('40')
  const form = page.getByTestId('rule-form')
  await form.getByText('Would have fired once').waitFor()
  expect(await form.getByTestId('mark').count()).toBe(1)
  expect(await form.getByText('Tells when no event comes for 40 minutes.').isVisible()).toBe(true)
  await axe()
  await page.getByLabel('Nothing comes for').fill('90')
  await form.getByText('Would not have fired').waitFor()
  await page.getByRole('button', { name: 'Create the rule' }).click()
  const rules = page.getByTestId('rules')
  await rules.getByRole('heading', { name: 'Visits went away' }).waitFor()
  expect(await rules.getByText('Tells when no event comes for 90 minutes.').isVisible()).toBe(true)
  expect(page.url()).not.toContain('rule=')
  await page.getByRole('link', { name: 'Edit Visits went away' }).click()
  expect(await page.getByLabel('Nothing comes for').inputValue()).toBe('90')
  await page.getByLabel('Nothing comes for').fill('120')
  await page.getByRole('button', { name: 'Save the rule' }).click()
  await rules.getByText('Tells when no event comes for 2 hours.').waitFor()
  await page.getByRole('button', { name: 'Pause Visits went away' }).click()
  await rules.getByText('Paused').waitFor()
  await page.getByRole('button', { name: 'Delete Visits went away' }).click()
  await page.getByRole('button', { name: /^Delete for good/ }).click()
  await page.getByText('No rule yet.').waitFor()
})

test('what the form cannot save it says beside the button', async () => {
  await open('/alerts?rule=new')
  await page.getByLabel('Name', { exact: true }).fill('Money')
  await page.getByLabel('What is measured').selectOption('amount')
  await page.getByLabel('Currency').fill('euros?')
  await page
    .getByTestId('rule-form')
    .getByText(/^Currency.{3,}/)
    .first()
    .waitFor()
  await page.getByRole('button', { name: 'Create the rule' }).click()
  await page
    .getByRole('alert')
    .getByText(/^Currency.{3,}/)
    .waitFor()
  expect((await readReport()).rules).toEqual([])
  complaints = complaints.filter((text) => !text.includes('422'))
})

test('an alert that fires is shown at once, acknowledged with a note, and is text whatever its name', async () => {
  const rule = await (await api('POST', '', { ...SILENCE, name: HOSTILE[0]?.slice(0, 120) })).json()
  await open('/alerts')
  expect(await page.getByTestId('firing').textContent()).toContain('Nothing fires')
  await writeEpisodes(
    stack.clickhouse,
    HOSTILE.map((name, index) =>
      episode(rule.rule_id, name, {
        subject: String(index),
        ...(index > 0 ? { status: 'resolved', resolved_at: now, resolved_by: 'recovered' } : {}),
      }),
    ),
  )
  await writeChecks(stack.clickhouse, [
    {
      rule_id: rule.rule_id,
      checked_at: now,
      at: now,
      outcome: 'breach',
      value: 30,
      bound: 30,
      words: HOSTILE.join(' '),
      error: '',
    },
  ])
  await page.getByTestId('firing').getByText('1 alert fires').waitFor()
  await page.getByTestId('rules').getByText('Firing', { exact: false }).first().waitFor()
  await page
    .getByRole('button', { name: /^Acknowledge:/ })
    .first()
    .click()
  await page.getByLabel('Note').fill('a release')
  await axe()
  await page.getByRole('button', { name: 'Acknowledge', exact: true }).click()
  await page.getByTestId('alerts').getByText('a release').waitFor()
  const [seen] = (await readReport()).alerts.filter(({ note }) => note === 'a release')
  expect(seen).toMatchObject({ acknowledged_by: expect.stringMatching(/./) })
  const download = page.waitForEvent('download')
  await page.getByRole('region', { name: 'History' }).getByRole('button', { name: /CSV/ }).click()
  const csv = await Bun.file(await (await download).path()).text()
  for (const line of csv.split('\r\n').slice(1)) expect(line).not.toMatch(/^"?[=+@-]/)
})

test('channels: the secret once, a test message, one given up is sent again, where it leads stays sealed', async () => {
  await open('/alerts')
  await page.getByRole('button', { name: 'Add a channel' }).click()
  await page.getByRole('combobox', { name: 'Kind', exact: true }).selectOption('webhook')
  await page.getByLabel('Name', { exact: true }).fill('Ops')
  await page.getByLabel('Address', { exact: true }).fill('ftp://hook.test/')
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await page.getByRole('alert').getByText('https://').waitFor()
  await page.getByLabel('Address', { exact: true }).fill('https://hook.test/very-private')
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  const secret = (await page.getByTestId('secret').locator('code').textContent()) ?? ''
  expect(secret).toMatch(/^whsec_[\w-]{43}$/)
  await page.getByTestId('channels').getByText('hook.test').waitFor()
  await axe()
  await page.getByRole('button', { name: 'Send a test to Ops' }).click()
  await page.getByTestId('messages').getByText('Waiting').waitFor()
  const report = await readReport()
  const [message] = report.deliveries
  const delivery = await deliveryOf(stack.clickhouse, message?.delivery_id ?? '')
  if (!delivery) throw new Error('no delivery')
  await writeDeliveries(stack.clickhouse, [
    { ...delivery, status: 'dead', attempts: 9, error: HOSTILE[0] ?? '', version: 2 },
  ])
  await page.getByTestId('messages').getByText('Given up').waitFor()
  await page.getByRole('button', { name: 'Send again' }).click()
  await page.getByTestId('messages').getByText('Waiting').waitFor()
  expect(await deliveryOf(stack.clickhouse, delivery.delivery_id)).toMatchObject({
    status: 'pending',
    attempts: 0,
  })
  const all = JSON.stringify(report)
  expect(all).not.toContain('very-private')
  expect(all).not.toContain(secret)
  const stored = await sealedChannel(stack.clickhouse, report.channels[0]?.channel_id ?? '')
  expect(JSON.stringify(stored)).not.toContain('very-private')
  complaints = complaints.filter((text) => !text.includes('422'))
})

test('the weekly report is subscribed to and sent now', async () => {
  await api('POST', '/channels', { name: 'Marketing', kind: 'email', target: { to: ['ann@brand.test'] } })
  await open('/alerts')
  await page.getByRole('combobox', { name: 'Day', exact: true }).selectOption('2')
  await page.getByRole('combobox', { name: 'At', exact: true }).selectOption('7')
  await page.getByRole('button', { name: 'Subscribe' }).click()
  await page.getByTestId('subscriptions').getByText('Tuesdays at 07:00').waitFor()
  await page.getByRole('button', { name: 'Send now to Marketing' }).click()
  await page.getByTestId('messages').getByText('Weekly report').waitFor()
  await page.getByRole('button', { name: 'End for Marketing' }).click()
  await page.getByTestId('subscriptions').getByText('Tuesdays').waitFor({ state: 'detached' })
})

test('the printed week: its numbers, hostile names as text, one sheet of A4', async () => {
  await open('/report')
  const sheet = page.getByTestId('report')
  expect(await sheet.getByRole('heading', { level: 1 }).textContent()).toContain('Default site')
  const figures = (await sheet.getByRole('region', { name: 'Figures' }).textContent()) ?? ''
  expect(figures.replace(/\s+/g, ' ')).toContain(`Visits ${HOSTILE.length} `)
  await axe()
  await page.getByRole('link', { name: '← Week before' }).click()
  await sheet.getByText('No banner was seen.').waitFor()
  await page.goBack()
  const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true })
  expect(pdf.toString('latin1').match(/\/Type\s*\/Page\b(?!s)/g)).toHaveLength(1)
  await page.emulateMedia({ media: 'print' })
  expect(await page.getByRole('navigation', { name: 'Pages' }).isVisible()).toBe(false)
})

test('an open dashboard notifies of what fires after it was opened, once', async () => {
  await context.grantPermissions(['notifications'], { origin: stack.url })
  await page.addInitScript(() => {
    const shown: string[] = []
    Object.assign(window, { shown })
    class Fake extends EventTarget {
      static permission = 'granted'
      static requestPermission = async () => 'granted'
      constructor(title: string, options: { tag: string }) {
        super()
        shown.push(`${title} ${options.tag}`)
      }
    }
    Object.assign(window, { Notification: Fake })
    const every = window.setInterval.bind(window)
    // A quarter of a minute is a quarter of a second here.
    window.setInterval = ((run: () => void, ms: number) =>
      every(run, ms === 15_000 ? 250 : ms)) as typeof setInterval
  })
  await open('/alerts')
  await page.getByRole('button', { name: 'Notify me in this browser' }).click()
  await page.getByRole('button', { name: 'Notifications on in this browser' }).waitFor()
  await page.waitForResponse((response) => response.url().endsWith('/api/alerts/news'))
  const fired = episode(randomUUID(), 'Just now', { opened_at: Date.now() })
  await writeEpisodes(stack.clickhouse, [fired])
  await page.waitForFunction(() => (window as unknown as { shown: string[] }).shown.length > 0, undefined, {
    timeout: 45_000,
  })
  await Bun.sleep(1_000)
  expect(await page.evaluate(() => (window as unknown as { shown: string[] }).shown)).toEqual([
    `Just now ${fired.alert_id}`,
  ])
})

test('the API: rules are made, changed and ended; what is wrong has a stable code', async () => {
  const made = await api('POST', '', SILENCE)
  expect(made.status()).toBe(201)
  const { rule_id } = await made.json()
  expect((await readReport()).rules.map((rule) => rule.rule_id)).toContain(rule_id)
  const changed = await api('PATCH', `?id=${rule_id}`, { name: 'Another name' })
  expect(await changed.json()).toMatchObject({
    rule_id,
    name: 'Another name',
    definition: SILENCE.definition,
  })
  const problems: [method: string, path: string, body: unknown, status: number, code: string][] = [
    ['POST', '', { ...SILENCE, name: '' }, 422, 'invalid_input'],
    ['POST', '', { ...SILENCE, definition: { kind: 'x' } }, 422, 'invalid_input'],
    ['POST', '', { ...SILENCE, channels: [randomUUID()] }, 422, 'invalid_input'],
    ['POST', '', [], 422, 'invalid_input'],
    ['PATCH', `?id=${randomUUID()}`, {}, 404, 'unknown_rule'],
    ['PATCH', '?id=1', {}, 422, 'invalid_input'],
    ['DELETE', `?id=${randomUUID()}`, undefined, 404, 'unknown_rule'],
    ['POST', '?site=nowhere', SILENCE, 404, 'unknown_site'],
    ['POST', '/acknowledge', { alert_id: randomUUID(), note: '' }, 404, 'unknown_alert'],
    [
      'POST',
      '/channels',
      { name: 'x', kind: 'webhook', target: { url: 'https://a:b@c.test' } },
      422,
      'invalid_input',
    ],
    [
      'POST',
      '/channels',
      { name: 'x', kind: 'email', target: { to: ['a@b\r\nBcc: c@d.test'] } },
      422,
      'invalid_input',
    ],
    ['POST', '/test', { channel_id: randomUUID() }, 404, 'unknown_channel'],
    ['POST', '/deliveries', { delivery_id: randomUUID() }, 404, 'unknown_delivery'],
    ['POST', '/report', { channel_id: randomUUID(), weekday: 1, hour: 8 }, 404, 'unknown_channel'],
    ['POST', '/report', { channel_id: randomUUID(), weekday: 8, hour: 8 }, 422, 'invalid_input'],
    ['DELETE', `/report?id=${randomUUID()}`, undefined, 404, 'unknown_subscription'],
  ]
  for (const [method, path, body, status, code] of problems) {
    const answer = await api(method, path, body)
    expect([method, path, answer.status(), answer.headers()['content-type']]).toEqual([
      method,
      path,
      status,
      'application/problem+json',
    ])
    expect(await answer.json()).toMatchObject({ status, code, detail: expect.any(String) })
  }
  const plain = await page.request.post(`${stack.url}/api/alerts`, {
    headers: { 'content-type': 'text/csv', origin: stack.url },
    data: JSON.stringify(SILENCE),
  })
  expect(plain.status()).toBe(415)
  expect((await api('DELETE', `?id=${rule_id}`)).status()).toBe(204)
  expect((await readReport()).rules.map((rule) => rule.rule_id)).not.toContain(rule_id)
})

test('on a phone nothing is wider than the screen', async () => {
  await page.setViewportSize({ width: 390, height: 844 })
  for (const path of ['/alerts?rule=new', '/report']) {
    await open(path)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
  }
})

test('a saved statement becomes an alert, previewed with the asker’s rights', async () => {
  const saved = await page.request.fetch(`${stack.url}/api/queries`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: stack.url },
    data: JSON.stringify({
      name: 'Visits in all',
      sql: "SELECT count() FROM events WHERE event_type = 'visit'",
    }),
  })
  const { id } = await saved.json()
  await page.goto(`${stack.url}/sql`)
  await page.getByRole('button', { name: 'Saved', exact: true }).click()
  await page.getByRole('button', { name: /Visits in all/ }).click()
  await page.getByRole('button', { name: 'Saved…' }).click()
  const link = page.getByRole('link', { name: 'Alert when…' })
  expect(await link.getAttribute('href')).toBe(`/alerts?rule=new&query=${id}`)
  await open(`/alerts?rule=new&query=${id}`)
  const form = page.getByTestId('rule-form')
  await page.getByRole('combobox', { name: 'Is', exact: true }).selectOption('above')
  await page.getByLabel('Bound').fill('100')
  await form.getByText('Would fire now.').waitFor()
  expect(await form.getByText('the answer of “Visits in all” is more than 100').isVisible()).toBe(true)
  await axe()
  await page.getByLabel('Bound').fill('1000000')
  await form.getByText('Would not fire now.').waitFor()
  await page.getByRole('button', { name: 'Create the rule' }).click()
  await page.getByTestId('rules').getByText('Visits in all').first().waitFor()
  const rule = (await readReport()).rules.find(({ definition }) => definition.kind === 'query')
  expect(rule).toMatchObject({ name: 'Visits in all', words: expect.stringContaining('1,000,000') })
  await api('DELETE', `?id=${rule?.rule_id}`)
})

test('a rule about a statement has the rights of who saved it, and pauses when these are gone', async () => {
  const store = await storeOf(stack)
  try {
    const send = (cookie: string, path: string, body: unknown, method = 'POST') =>
      fetch(`${stack.url}${path}`, {
        method,
        headers: { cookie, origin: stack.url, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    const analyst = await memberOf(stack, store, 'analyst')
    const { id: user_id } = await store.db
      .selectFrom('users')
      .select('id')
      .orderBy('created_at', 'desc')
      .executeTakeFirstOrThrow()
    const save = async (sql: string, shared = false) =>
      (await (await send(analyst, '/api/queries', { name: 'Mine', sql, shared })).json()).id as string
    const definition = (query_id: string, more: object = {}) => ({
      ...{
        kind: 'query',
        query_id,
        query_name: 'x',
        reads: 'number',
        every_minutes: 5,
        direction: 'above',
        bound: 1,
      },
      ...{ margin_percent: 0, for_minutes: 0, recover_minutes: 0 },
      ...more,
    })
    const own = await save('SELECT count() FROM events')
    const rule = (query_id: string) => ({ ...SILENCE, name: 'Mine', definition: definition(query_id) })
    const preview = async (cookie: string, query_id: string, more: object = {}) => {
      const answer = await send(cookie, '/api/alerts/preview', definition(query_id, more))
      const { detail = '', now: stands } = await answer.json()
      return [answer.status, detail || stands.value]
    }
    // Others' private statements, viewers, partners, banners: no.
    expect(await preview(stack.ownerCookie, own)).toEqual([
      422,
      expect.stringContaining('no such saved statement'),
    ])
    for (const role of ['viewer', 'partner'] as const)
      expect((await preview(await memberOf(stack, store, role), own))[0]).toBe(403)
    expect((await preview(await memberOf(stack, store, 'analyst', ['acme-']), own))[0]).toBe(403)
    expect(await preview(analyst, own)).toEqual([200, expect.any(Number)])
    expect(await preview(analyst, own, { reads: 'rows' })).toEqual([200, 1])
    expect(await preview(analyst, await save('SELECT 1 UNION ALL SELECT 2'))).toEqual([
      422,
      expect.stringContaining('more than one row'),
    ])
    expect(await preview(analyst, await save('SELECT 1, 2'))).toEqual([
      422,
      expect.stringContaining('more than one column'),
    ])
    expect(await preview(analyst, await save('DROP TABLE events_log'))).toEqual([422, expect.any(String)])
    expect(await preview(analyst, await save('SELECT {n:UInt8}'))).toEqual([
      422,
      expect.stringContaining('without a value'),
    ])

    const made = await (await send(analyst, '/api/alerts', rule(own), 'POST')).json()
    expect(made.definition.query_name).toBe('Mine')
    const kept = async () =>
      (await alertStatements(stack.clickhouse)).find(({ rule_id }) => rule_id === made.rule_id)
    expect(await kept()).toMatchObject({
      user_id,
      sql: 'SELECT count() FROM events',
      siteIds: 'all',
      refused: '',
    })
    // A pause by another leaves the author; what is watched can't be said anew by who does not see the statement.
    expect(
      (await send(stack.ownerCookie, `/api/alerts?id=${made.rule_id}`, { enabled: false }, 'PATCH')).status,
    ).toBe(200)
    expect(
      (
        await send(
          stack.ownerCookie,
          `/api/alerts?id=${made.rule_id}`,
          { definition: definition(own, { bound: 0 }) },
          'PATCH',
        )
      ).status,
    ).toBe(422)
    expect(await kept()).toMatchObject({ user_id })

    const mend = () => mendStatements({ clickhouse: stack.clickhouse }, store.db, async () => ['default'])
    await mend()
    expect((await kept())?.refused).toBe('')
    const member = (change: object) =>
      store.db.updateTable('members').set(change).where('user_id', '=', user_id).execute()
    await member({ site_ids: '["default"]' })
    await mend()
    expect((await kept())?.refused).toContain('sees fewer sites than when it was saved')
    const again = { definition: definition(own) }
    expect((await send(analyst, `/api/alerts?id=${made.rule_id}`, again, 'PATCH')).status).toBe(200)
    await mend()
    expect(await kept()).toMatchObject({ siteIds: ['default'], refused: '' })
    await store.db.deleteFrom('members').where('user_id', '=', user_id).execute()
    await mend()
    expect((await kept())?.refused).toMatch(/^Paused: analyst is no member any more/)
    await api('DELETE', `?id=${made.rule_id}`)
  } finally {
    await store.close()
  }
})
