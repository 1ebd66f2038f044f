/** SQL in Chromium, on the real engine and the built dashboard: write, complete, run, cancel, read, draw, keep, download. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { Permission } from '#lib/permission.ts'
import { createKey } from '#lib/server/accounts/keys.ts'
import { openStore } from '#lib/server/store/database.ts'
import { launchBrowser } from './browser.ts'
import { type Stack, startStack } from './stack.ts'

setDefaultTimeout(120_000)

let stack: Stack
let folder: string
let browser: Browser
let context: BrowserContext
let page: Page
/** Whatever the page complained about: nothing may be left at the end of a test. */
let complaints: string[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rtpx-sql-'))
  stack = await startStack('http://edge.test', { APP_DATABASE: join(folder, 'app.db') })
  browser = await launchBrowser()
  await stack.send(
    { event_type: 'visit', player_id: 'ann', banner_tag: '=1+1' },
    { event_type: 'visit', player_id: 'bob', banner_tag: '<img src=x onerror=alert(1)>' },
    { event_type: 'registration', player_id: 'ann', banner_tag: '=1+1' },
  )
}, 120_000)
afterAll(async () => {
  await browser?.close()
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
})

const open = async () => {
  await page.goto(`${stack.url}/sql`)
  await page.locator('.cm-content').waitFor()
}
/** Replaces the statement by typing. */
const write = async (sql: string) => {
  await page.locator('.cm-content').focus()
  await page.keyboard.press('Escape')
  await page.keyboard.press('Control+a')
  // Typed over, Chromium would carry the old text's look along as an inline style.
  await page.keyboard.press('Delete')
  await page.keyboard.insertText(sql)
  await page.keyboard.press('Escape')
}
const status = (pattern: RegExp) =>
  page.waitForFunction(
    (source) =>
      new RegExp(source).test(document.querySelector('[data-testid=sql-status]')?.textContent ?? ''),
    pattern.source,
  )
const run = async (sql: string) => {
  await write(sql)
  await page.keyboard.press('Control+Enter')
  await status(/row|No result/)
}
const cells = () => page.locator('[data-testid=result] tbody tr:not([aria-hidden]) td').allTextContents()
const violations = async () =>
  (await new AxeBuilder({ page }).analyze()).violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)
const fitsPhone = async () => {
  await page.setViewportSize({ width: 390, height: 844 })
  // Charts are drawn anew after the window has changed.
  return page
    .waitForFunction(() => document.documentElement.scrollWidth <= 390)
    .then(
      () => true,
      () => false,
    )
}
const post = (path: string, body: unknown) =>
  context.request.post(`${stack.url}${path}`, { data: body, headers: { origin: stack.url } })

test('completes, formats, estimates and runs a statement', async () => {
  await open()
  await write('')
  await page.keyboard.type('SELECT event_ty')
  await page.locator('.cm-tooltip-autocomplete li', { hasText: 'event_type' }).first().waitFor()
  await page.keyboard.press('Escape')
  await write('select event_type,count() as n from events group by event_type order by n desc')
  await page.getByText(/Reads at most 3 rows/).waitFor()
  await page.getByRole('button', { name: 'Format' }).click()
  await page.locator('.cm-line', { hasText: 'ORDER BY' }).waitFor()
  await page.getByTestId('run').click()
  await status(/^\s*2 rows in/)
  expect(await cells()).toEqual(['1', 'visit', '2', '2', 'registration', '1'])
  await page.getByTestId('view-events').getByText('events').first().click()
  await page.getByTestId('view-events').getByText('The campaign or affiliate tag').waitFor()
  expect(await violations()).toEqual([])
  expect(complaints).toEqual([])
})

test('shows whatever is in the data as text', async () => {
  await open()
  await run(
    'SELECT banner_tag AS `<script>alert(1)</script>`, NULL AS nothing, [1, 2] AS list FROM events ORDER BY banner_tag LIMIT 1',
  )
  expect(await cells()).toEqual(['1', '<img src=x onerror=alert(1)>', 'NULL', '[1,2]'])
  expect(complaints).toEqual([])
})

test('says why a statement is refused or fails', async () => {
  await open()
  const trouble = async (sql: string) => {
    await run(sql)
    return page.getByTestId('sql-trouble').getAttribute('data-code')
  }
  expect(await trouble('SELECT * FROM events_log')).toBe('sql_refused_table')
  expect(await trouble("SELECT * FROM url('http://127.0.0.1:1/', CSV)")).toBe('sql_refused_table_function')
  expect(await trouble('SELECT nothing FROM events')).toBe('sql_47')
  expect(await trouble('SELECT 1 +')).toBe('sql_refused_syntax')
  expect(await trouble('SELECT toUInt8(player_id) FROM events')).toBe('sql_6')
})

test('draws 100 000 rows without freezing, and says that there are more', async () => {
  await open()
  await run("SELECT number, concat('row ', toString(number)) AS name FROM numbers(250000)")
  await status(/The first 100\D000 rows/)
  const region = page.getByTestId('result-region')
  const longest = await region.evaluate(async (element) => {
    let worst = 0
    for (let step = 1; step <= 40; step++) {
      const before = performance.now()
      element.scrollTop = (element.scrollHeight * step) / 40
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)))
      worst = Math.max(worst, performance.now() - before)
    }
    return worst
  })
  await page.getByRole('cell', { name: 'row 99999', exact: true }).waitFor()
  expect(await page.locator('[data-testid=result] tbody tr').count()).toBeLessThan(80)
  expect(longest).toBeLessThan(1_000)
})

test('cancels: the statement stops in ClickHouse too', async () => {
  await open()
  const sql = 'SELECT sum(cityHash64(number, toString(number))) FROM numbers(1900000000)'
  await write(sql)
  await page.getByTestId('run').click()
  await page.getByText(/Running .*rows read/).waitFor()
  const running = async () => {
    const [row] = await stack.clickhouse.rows<{ n: number }>(
      "SELECT count() AS n FROM system.processes WHERE startsWith(query, 'SELECT sum(cityHash64')",
    )
    return row?.n
  }
  expect(await running()).toBe(1)
  await page.getByTestId('cancel').click()
  await status(/Cancelled/)
  for (let tries = 0; (await running()) !== 0 && tries < 40; tries++) await Bun.sleep(100)
  expect(await running()).toBe(0)
})

test('has fields for parameters, tabs for statements, and remembers both', async () => {
  await open()
  await write('SELECT {who:String} AS who, {n:UInt8} + 1 AS more')
  await page.getByLabel('who').fill("ann's")
  await page.getByLabel('n', { exact: true }).fill('4')
  await page.getByTestId('run').click()
  await status(/1 row in/)
  expect(await cells()).toEqual(['1', "ann's", '5'])
  await page.getByRole('button', { name: 'New statement' }).click()
  await run('SELECT 42')
  await page.reload()
  await page.locator('.cm-line', { hasText: 'SELECT 42' }).waitFor()
  await page.getByRole('button', { name: 'History' }).click()
  await page.getByRole('region', { name: 'History' }).getByText('SELECT 42').waitFor()
})

test('downloads the whole result: formulas are text, Parquet is Parquet', async () => {
  await open()
  await run('SELECT banner_tag, -1 AS less, toInt64(-5) AS big FROM events ORDER BY player_id, event_type')
  const file = async (label: string) => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByTestId('sql-result').getByRole('button', { name: label }).click(),
    ])
    return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) }
  }
  const csv = await file('CSV')
  expect(csv.name).toBe('Daily-metrics.csv')
  expect(csv.bytes.toString()).toStartWith("\ufeffbanner_tag,less,big\r\n'=1+1,-1,-5\r\n")
  expect((await file('JSON')).bytes.toString()).toStartWith('{"banner_tag":"=1+1","less":-1,"big":"-5"}\n')
  expect((await file('Parquet')).bytes.subarray(0, 4).toString()).toBe('PAR1')
})

test('keeps a statement: for the API with parameters, and as a tile of a board', async () => {
  await open()
  await write(
    'SELECT event_type, count() AS n FROM events WHERE player_id = {who:String} GROUP BY event_type ORDER BY event_type',
  )
  await page.getByLabel('who').fill('ann')
  await page.getByTestId('run').click()
  await status(/2 rows/)
  await page.getByTestId('drawing').selectOption('bars')
  const chart = page.getByTestId('result-chart')
  await chart.locator('rect').first().waitFor()
  await chart.press('Home')
  expect(await chart.getAttribute('aria-valuetext')).toBe('registration: n 1')
  await page.getByRole('button', { name: 'Save…' }).click()
  await page.getByLabel('Name').fill('Types of <b>one</b>')
  await page.getByLabel('my team sees it').check()
  await page.getByTestId('save-form').getByRole('button', { name: 'Save' }).click()
  await page.getByText('Saved.').waitFor()
  const path = await page.getByText(/GET \/api\/queries\//).textContent()
  const address = `${stack.url}${path?.replace('GET ', '')}`
  const answer = async (search: string) => (await context.request.get(`${address}${search}`)).json()
  expect(await answer('')).toMatchObject({
    columns: [{ name: 'event_type' }, { name: 'n', type: 'UInt64' }],
    rows: [
      ['registration', '1'],
      ['visit', '1'],
    ],
    cut: false,
  })
  expect((await answer('?who=bob')).rows).toEqual([['visit', '1']])
  expect(await answer('?whom=bob')).toMatchObject({ status: 400, code: 'bad_input', field: 'whom' })
  expect((await context.request.get(`${address}?as=csv`)).headers()['content-disposition']).toContain('.csv')
  expect((await context.request.get(`${stack.url}/api/queries/nothing`)).status()).toBe(404)

  await page.getByTestId('board').selectOption('new')
  await page.getByRole('button', { name: 'Put it there' }).click()
  await page.getByText('It is on the board.').waitFor()
  await page.goto(`${stack.url}/boards`)
  expect(await violations()).toEqual([])
  await page.getByRole('link', { name: 'My board' }).click()
  await page.getByTestId('tile').locator('rect').first().waitFor()
  await page.getByRole('heading', { name: 'Types of <b>one</b>' }).waitFor()
  // Asked again by itself, and the bars stand until the new ones are there.
  await stack.send({ player_id: 'ann', event_type: 'click' })
  await page.waitForFunction(() =>
    document.querySelector('[data-testid=tile]')?.textContent?.includes('click'),
  )
  await page.getByRole('button', { name: 'Widen' }).click()
  await page.getByRole('button', { name: 'Narrow' }).waitFor()
  expect(await violations()).toEqual([])
  expect(await fitsPhone()).toBe(true)
  await page.getByRole('button', { name: 'Take off' }).click()
  await page.getByText('Nothing is on it yet').waitFor()
  expect(complaints).toEqual([])
})

test('makes a login that reads what its person may, until it is taken back', async () => {
  await page.goto(`${stack.url}/sql/connect`)
  await page.getByPlaceholder('Grafana of marketing').fill('A notebook')
  await page.getByRole('button', { name: 'Make it' }).click()
  const password = (await page.getByTestId('made-password').textContent()) ?? ''
  const login = (await page.getByTestId('logins').locator('tbody th').first().textContent()) ?? ''
  expect(await violations()).toEqual([])
  expect(await fitsPhone()).toBe(true)
  const ask = async (sql: string) => {
    const headers = { 'x-clickhouse-user': login, 'x-clickhouse-key': password }
    const response = await fetch(stack.clickhouseUrl, { method: 'POST', body: sql, headers })
    return { status: response.status, text: await response.text() }
  }
  expect(await ask('SELECT count() FROM events')).toEqual({ status: 200, text: '4\n' })
  expect((await ask('SELECT * FROM sql_logins')).status).toBe(403)
  await page.getByRole('button', { name: `Take back ${login}` }).click()
  await page.getByText('no longer works').waitFor()
  await Bun.sleep(2_100)
  expect((await ask('SELECT 1')).status).toBe(403)
  expect(complaints).toEqual([])
})

test('fits a phone, in the dark too', async () => {
  await open()
  await run('SELECT * FROM events')
  await page.emulateMedia({ colorScheme: 'dark' })
  expect(await fitsPhone()).toBe(true)
  expect(await violations()).toEqual([])
  expect(complaints).toEqual([])
})

test('takes nothing malformed', async () => {
  expect((await post('/api/sql/run', { sql: '' })).status()).toBe(400)
  for (const path of ['/api/sql/estimate', '/api/sql/format']) {
    const headers = { 'content-type': 'application/json' }
    const empty = await stack.fetch(path, { method: 'POST', headers, body: '' })
    expect([empty.status, await empty.json()]).toMatchObject([400, { code: 'bad_json' }])
  }
  expect((await post('/api/sql/run', { sql: 'SELECT 1', values: { 'a b': 'x' } })).status()).toBe(400)
  expect((await post('/api/queries', { name: '', sql: 'SELECT 1' })).status()).toBe(400)
  expect((await post('/api/queries', { name: 'x', sql: 'SELECT 1', drawing: 'pie' })).status()).toBe(400)
  expect((await post('/api/boards/nothing/tiles', { query_id: 'x' })).status()).toBe(404)
  expect((await post('/api/sql/logins', { purpose: 'x', days: -1 })).status()).toBe(400)
})

test('answers each caller within what is theirs', async () => {
  await stack.clickhouse.command("INSERT INTO sites_log (site_id, name) VALUES ('other', 'Other')")
  await stack.send({ site_id: 'other', player_id: 'eve' })
  const store = await openStore({ url: '', file: join(folder, 'app.db') }, Date.now())
  const [organization] = await store.db.selectFrom('organizations').select('id').execute()
  const key = async (permissions: readonly Permission[], site_ids: readonly string[] | null) => {
    const made = await createKey(
      store.db,
      {
        organization_id: organization?.id ?? '',
        created_by: 'owner',
        name: 'k',
        permissions,
        site_ids,
        banner_prefixes: null,
        requests_per_minute: 1_000,
        expires_at: null,
      },
      Date.now(),
    )
    return async (path: string, body: unknown) => {
      const response = await fetch(`${stack.url}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${made.key}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      return { status: response.status, text: await response.text() }
    }
  }
  try {
    const count = { sql: 'SELECT count() FROM events' }
    const narrow = await key(['read', 'players', 'sql'], ['default'])
    const wide = await key(['read', 'players', 'sql'], null)
    const reader = await key(['read', 'players'], null)
    expect((await narrow('/api/sql/run', count)).text).toContain('"rows":[["4"]]')
    expect((await wide('/api/sql/run', count)).text).toContain('"rows":[["5"]]')
    for (const path of [
      '/api/sql/run',
      '/api/sql/estimate',
      '/api/sql/format',
      '/api/sql/download',
      '/api/queries',
      '/api/boards',
      '/api/sql/logins',
    ])
      expect({ path, status: (await reader(path, count)).status }).toEqual({ path, status: 403 })
    expect((await narrow('/api/sql/logins', { purpose: 'x' })).status).toBe(400)
    const stranger = await fetch(`${stack.url}/api/sql/run`, {
      method: 'POST',
      body: JSON.stringify(count),
      headers: { 'content-type': 'application/json' },
    })
    expect(stranger.status).toBe(401)
  } finally {
    await store.close()
  }
})
