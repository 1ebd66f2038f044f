/** The API as it is documented: the document is valid, names every route, and every call of it answers what it says. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import { settlePlayers } from '@rtpx/clickhouse/testing'
import Ajv from 'ajv/dist/2020'
import type { Browser } from 'playwright-core'
import { createKey } from '#lib/server/accounts/keys.ts'
import type { Operation } from '#lib/server/api/operation.ts'
import { OPERATIONS } from '#lib/server/api/operations.ts'
import { Problem } from '#lib/server/api/schemas.ts'
import { launchBrowser } from './browser.ts'
import { storeOf } from './people.ts'
import { type Stack, startStack } from './stack.ts'

setDefaultTimeout(120_000)

/** Routes that serve the dashboard's own pages: they follow the pages and are no promise. */
const OF_PAGES =
  /^\/api\/(annotations|auth|sql|queries|boards|alerts\/|arrivals|campaigns|findings|funnels|openapi|overview|pages|quality|realtime|retention|search|views|costs\/|segments\/|analytics\/funnel\/values|players\/\{player_id\}\/)/

const ajv = new Ajv({ strict: false, formats: { date: /^\d{4}-\d\d-\d\d$/, uuid: /^[0-9a-f-]{36}$/ } })
const nameOf = ({ method, path }: { method: string; path: string }) => `${method} ${path}`

let stack: Stack
let browser: Browser
let key: string

beforeAll(async () => {
  stack = await startStack()
  const deposit = { amount: '12.50', currency: 'EUR', transaction_id: 't1' }
  await stack.send(
    { event_type: 'page_view', visitor_id: 'v1', session_id: 's1', domain: 'a.com', path: '/x' },
    { event_type: 'visit', player_id: 'p1', banner_tag: 'acme-1', visitor_id: 'v1' },
    { event_type: 'registration', player_id: 'p1', banner_tag: 'acme-1' },
    { event_type: 'deposit', player_id: 'p1', banner_tag: 'acme-1', ...deposit },
  )
  await settlePlayers(stack.clickhouse)
  const store = await storeOf(stack)
  const [organization] = await store.db.selectFrom('organizations').select('id').execute()
  const made = await createKey(
    store.db,
    {
      organization_id: organization?.id ?? '',
      created_by: 'owner',
      name: 'contract',
      permissions: ['read', 'players', 'sql', 'edit', 'manage'],
      site_ids: null,
      banner_prefixes: null,
      requests_per_minute: 1_000,
      expires_at: null,
    },
    Date.now(),
  )
  key = made.key
  await store.close()
  browser = await launchBrowser()
}, 180_000)
afterAll(async () => {
  await browser?.close()
  await stack?.stop()
})

const ask = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  fetch(`${stack.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })

/** The address of a call, with what it needs and no more. */
function addressOf({ path, path_parameters = {}, query = {} }: Operation): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name) => path_parameters[name]?.example ?? '')
  const needed = Object.entries(query).filter(([, { required }]) => required)
  return `${filled}?${new URLSearchParams(needed.map(([name, { example = '' }]) => [name, example]))}`
}

test('every call answers what the document says', async () => {
  for (const operation of OPERATIONS) {
    const response = await ask(operation.method, addressOf(operation), operation.body?.example)
    const text = await response.text()
    expect([nameOf(operation), response.status, text.slice(0, 300)]).toEqual([
      nameOf(operation),
      operation.answer.status,
      text.slice(0, 300),
    ])
    const { schema } = operation.answer
    if (!schema) continue
    const isValid = ajv.validate(schema, JSON.parse(text))
    expect([nameOf(operation), isValid ? [] : ajv.errors]).toEqual([nameOf(operation), []])
    if (operation.body) expect(ajv.validate(operation.body.schema, operation.body.example)).toBe(true)
  }
})

test('every problem is of one shape: without a key, with parameters and bodies that mean nothing', async () => {
  for (const operation of OPERATIONS) {
    const unsigned = await fetch(`${stack.url}${addressOf(operation)}`, { method: operation.method })
    const nowhere = await ask(operation.method, `${addressOf(operation)}&site=nobody`, operation.body && 7)
    for (const response of [unsigned, nowhere]) {
      if (response.ok && ['/api/domains'].includes(operation.path)) continue
      expect([nameOf(operation), response.status >= 400 && response.status < 500]).toEqual([
        nameOf(operation),
        true,
      ])
      expect(response.headers.get('content-type')).toBe('application/problem+json')
      expect([nameOf(operation), ajv.validate(Problem, await response.json())]).toEqual([
        nameOf(operation),
        true,
      ])
    }
  }
})

test('who has an answer is told so by its ETag', async () => {
  const first = await ask('GET', '/api/metrics')
  const again = await ask('GET', '/api/metrics', undefined, {
    'if-none-match': first.headers.get('etag') ?? '',
  })
  expect([first.status, again.status, await again.text()]).toEqual([200, 304, ''])
  const weak = `"other", W/${first.headers.get('etag')}`
  expect((await ask('GET', '/api/metrics', undefined, { 'if-none-match': weak })).status).toBe(304)
})

test('the document is there for everyone, and names every route that is not a page’s own', async () => {
  const document = await (await fetch(`${stack.url}/api/openapi.json`)).json()
  expect(document).toMatchObject({ openapi: '3.1.0', servers: [{ url: '/' }] })
  const documented = Object.entries(document.paths as Record<string, object>).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => nameOf({ method: method.toUpperCase(), path })),
  )
  const folder = join(import.meta.dir, '../src/routes')
  const files = [...new Bun.Glob('{api,analytics}/**/+server.ts').scanSync({ cwd: folder })]
  const routes = await Promise.all(
    files.map(async (file) => {
      const path = `/${file.replace('/+server.ts', '').replaceAll(/\[(?:\.{3})?(\w+)\]/g, '{$1}')}`
      const methods = /^export (?:const|async function|function|\{) (GET|POST|PUT|PATCH|DELETE)\b/gm
      return [...(await Bun.file(join(folder, file)).text()).matchAll(methods)].map(([, method = '']) => ({
        method,
        path,
      }))
    }),
  )
  const promised = routes
    .flat()
    .filter(({ path, method }) => !OF_PAGES.test(path) && !(path === '/api/alerts' && method !== 'GET'))
  expect(promised.map(nameOf).sort()).toEqual(documented.sort())
})

test('/docs/api can be tried: with a key, under the policy of scripts, in the dark and on a phone', async () => {
  const context = await browser.newContext({ viewport: { width: 390, height: 800 }, colorScheme: 'dark' })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  await page.goto(`${stack.url}/docs/api`)
  await page.locator('html[data-hydrated]').waitFor({ state: 'attached' })
  await page.getByPlaceholder('rtpx_…').fill(key)
  const call = page.locator('details', { hasText: '/api/analytics/kpis' })
  await call.locator('summary').click()
  await call.getByRole('button', { name: 'Try it' }).click()
  await call.getByRole('status').getByText('200').waitFor()
  expect(await call.getByLabel('Answer').textContent()).toContain('"visits": 1')
  const { violations } = await new AxeBuilder({ page }).analyze()
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  expect(serious.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
  expect(complaints).toEqual([])
  if (process.env.RTPX_SHOT) await page.screenshot({ path: process.env.RTPX_SHOT })
  await context.close()
})
