/** The API as it is documented: the document is valid, names every route, and every call of it answers what it says. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import { settlePlayers } from '@rtpx/clickhouse/testing'
import Ajv from 'ajv/dist/2020'
import type { Browser } from 'playwright-core'
import { createKey } from '#lib/server/accounts/keys.ts'
import { judgeQuery } from '#lib/server/api/judge.ts'
import type { Operation } from '#lib/server/api/operation.ts'
import { OPERATIONS } from '#lib/server/api/operations.ts'
import { Problem } from '#lib/server/api/schemas.ts'
import { launchBrowser } from './browser.ts'
import { storeOf } from './people.ts'
import { type Stack, startStack } from './stack.ts'

setDefaultTimeout(120_000)

/** What serves the dashboard's own pages, and no promise: each named, so that a new route is documented or put here on purpose. */
const OF_PAGES = new Set(
  [
    ...[
      'arrivals',
      'campaigns',
      'funnels',
      'overview',
      'pages',
      'quality',
      'realtime',
      'retention',
      'search',
    ],
    ...['annotations', 'views', 'alerts/news', 'analytics/funnel/values', 'openapi.json', 'auth/{path}'],
    ...['sql/schema', 'sql/logins', 'sql/download/{ticket}'],
    // Files and receipts of privacy: docs/privacy.md.
    ...['players/{player_id}/export', 'players/{player_id}/erasure'],
  ].map((path) => `GET /api/${path}`),
)
for (const call of [
  'POST /api/auth/{path}',
  'POST /api/findings',
  'POST /api/players/{player_id}/erasure',
  'POST /api/sql/download',
  // Of a person, never of a key.
  'POST /api/sql/logins',
  'DELETE /api/sql/logins/{login}',
  'POST /api/views',
  'PATCH /api/views/{id}',
  'DELETE /api/views/{id}',
])
  OF_PAGES.add(call)

/** What needs an alert that rang or a message that was given up: alerts.test.ts has them; here the documented refusal is seen. */
const UNKNOWN: Readonly<Record<string, string>> = {
  'POST /api/alerts/acknowledge': 'unknown_alert',
  'POST /api/alerts/deliveries': 'unknown_delivery',
}

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

/** What the calls made, by the path that made it: those after it ask about that. */
const made = new Map<string, string>()
function remember({ path }: Operation, answer: Record<string, string>): void {
  const { id, cost_id, rule_id, channel_id, subscription_id } = answer
  const name = cost_id ?? subscription_id ?? rule_id ?? channel_id ?? id
  if (name !== undefined) made.set(path, name)
}

/** The example of a call's body, about what was made. */
function exampleOf({ body }: Operation): unknown {
  if (typeof body?.example !== 'object') return body?.example
  const example = body.example as Record<string, unknown>
  return {
    ...example,
    ...('query_id' in example && { query_id: made.get('/api/queries') }),
    ...('channel_id' in example && { channel_id: made.get('/api/alerts/channels') }),
  }
}

/** The address of a call, with what it needs and no more. */
function addressOf({ path, path_parameters = {}, query = {} }: Operation): string {
  const own = made.get(path.replace(/\/\{.*/, ''))
  const filled = path.replace(/\{(\w+)\}/g, (_, name) => own ?? path_parameters[name]?.example ?? '')
  const needed = Object.entries(query).filter(([, { required }]) => required)
  const values = needed.map(([name, { example = '' }]) => [name, name === 'id' ? (own ?? example) : example])
  return `${filled}?${new URLSearchParams(values)}`
}

test('every call answers what the document says', async () => {
  for (const operation of OPERATIONS) {
    const response = await ask(operation.method, addressOf(operation), exampleOf(operation))
    const text = await response.text()
    const unknown = UNKNOWN[nameOf(operation)]
    if (unknown !== undefined) {
      expect([response.status, JSON.parse(text).code]).toEqual([404, unknown])
      continue
    }
    if (operation.method === 'POST' && operation.answer.status === 201 && text !== '')
      remember(operation, JSON.parse(text))
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

test('every problem is of one shape: without a key, with sites and bodies that mean nothing', async () => {
  for (const operation of OPERATIONS) {
    const unsigned = await fetch(`${stack.url}${addressOf(operation)}`, { method: operation.method })
    const nowhere = await ask(operation.method, `${addressOf(operation)}&site=nobody`, operation.body && 7)
    for (const response of [unsigned, nowhere]) {
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

/** Nothing that any parameter takes: it is too long for a text, and no number, day, name or pattern. */
const JUNK = `?${'€'.repeat(20_000)}`
const problemOf = async (response: Response) => {
  const { status, code, field } = await response.json()
  return [response.headers.get('content-type'), status, code, field]
}

test('no call passes over a parameter: neither one it does not know nor one it cannot read', async () => {
  const refused = ['application/problem+json', 400]
  for (const operation of OPERATIONS) {
    const { method, query = {}, body } = operation
    const isPlace = new RegExp(operation.patterned?.pattern ?? '^$').test('colour')
    const unknown = await problemOf(await ask(method, `${addressOf(operation)}&colour=red`, body?.example))
    if (!isPlace)
      expect([nameOf(operation), ...unknown]).toEqual([
        nameOf(operation),
        ...refused,
        'unknown_parameter',
        'colour',
      ])
    for (const [name, { code = `invalid_${name}` }] of Object.entries(query)) {
      const params = new URLSearchParams(addressOf(operation).split('?')[1])
      params.set(name, '€\0')
      const path = addressOf(operation).split('?')[0]
      const answer = await problemOf(await ask(method, `${path}?${params}`, body?.example))
      expect([nameOf(operation), ...answer]).toEqual([nameOf(operation), ...refused, code, name])
    }
  }
  const refusals = [
    ['range=forever', 'invalid_range', 'range'],
    ['range=24h', 'invalid_range', 'range'],
    ['from=2026-02-30', 'invalid_date', 'from'],
    ['from=2026-01-02&to=2026-01-01', 'invalid_range', 'from'],
    ['from=1990-01-01&to=2026-01-01', 'range_too_long', 'from'],
    ['range=7d&to=2026-01-01', 'invalid_range', 'range'],
    ['range=7d&range=30d', 'repeated_parameter', 'range'],
  ] as const
  for (const path of ['/api/analytics/kpis', '/analytics/summary', '/api/analytics/funnel', '/api/rejected'])
    for (const [search, code, field] of refusals) {
      const steps = path.endsWith('funnel') ? 's1=visit&s2=deposit&' : ''
      const answer = await problemOf(await ask('GET', `${path}?${steps}${search}`))
      expect([path, search, ...answer]).toEqual([path, search, ...refused, code, field])
    }
  const year = await (await ask('GET', '/api/analytics/kpis?from=2024-01-01&to=2024-12-31')).json()
  expect(year).toMatchObject({ from: '2024-01-01', to: '2024-12-31', now: { visits: 0 } })
  const filtered = await ask(
    'GET',
    '/api/analytics/funnel?s1=visit&s1.banner_tag.is=acme-1&s1.banner_tag.is=b&s2=registration',
  )
  expect((await filtered.json()).steps).toMatchObject([{ people: 1 }, { people: 1 }])
})

test('the judge takes every example, and refuses what is out of bounds', () => {
  for (const operation of OPERATIONS)
    for (const [name, { schema, example, code = `invalid_${name}` }] of Object.entries(
      operation.query ?? {},
    )) {
      const verdict = (text: string) => {
        const needed = new URLSearchParams(addressOf(operation).split('?')[1])
        needed.set(name, text)
        return judgeQuery(operation, needed)
      }
      if (example !== undefined) expect([name, verdict(example)]).toEqual([name, undefined])
      const bad = [JUNK, '\0']
      if (schema.type === 'integer') bad.push('', '1.5', '0x1', '1e2', ' 1', '-1', `${schema.maximum + 1}`)
      if (schema.format === 'date') bad.push('2026-02-30', '2026-1-1', 'today')
      if (schema.anyOf) bad.push('', schema.anyOf[0].const.toUpperCase().concat(' '))
      for (const text of bad)
        expect([nameOf(operation), text.slice(0, 20), verdict(text)?.code, verdict(text)?.field]).toEqual([
          nameOf(operation),
          text.slice(0, 20),
          code,
          name,
        ])
    }
})

test('a body that does not fit is refused by its schema, with a code and the field', async () => {
  for (const operation of OPERATIONS) {
    const { method, body } = operation
    if (!body || body.judged_by_route) continue
    const known: Record<string, { type?: string }> = body.schema.properties
    for (const name of Object.keys(known)) {
      const bad = { ...(exampleOf(operation) as object), [name]: 7 }
      const code = body.code ?? body.codes?.[name] ?? `invalid_${name}`
      expect([
        nameOf(operation),
        name,
        ...(await problemOf(await ask(method, addressOf(operation), bad))),
      ]).toEqual([nameOf(operation), name, 'application/problem+json', 400, code, name])
    }
    for (const name of body.schema.required ?? []) {
      const { [name]: _, ...rest } = exampleOf(operation) as Record<string, unknown>
      const code = body.code ?? body.codes?.[name] ?? 'missing_field'
      expect([name, ...(await problemOf(await ask(method, addressOf(operation), rest)))]).toEqual([
        name,
        'application/problem+json',
        400,
        code,
        name,
      ])
    }
    if (body.schema.additionalProperties !== false) continue
    const more = { ...(exampleOf(operation) as object), colour: 'red' }
    expect(await problemOf(await ask(method, addressOf(operation), more))).toContain('unknown_field')
  }
})

test('where the API has no route or no such method it answers problem details too', async () => {
  for (const headers of [{ accept: 'text/html' }, { accept: 'application/json' }]) {
    for (const path of ['/api/nowhere', '/analytics/nowhere', '/api'])
      expect(await problemOf(await ask('GET', path, undefined, headers))).toEqual([
        'application/problem+json',
        404,
        'unknown_route',
        undefined,
      ])
    const wrong = await ask('DELETE', '/api/metrics', undefined, headers)
    expect(wrong.headers.get('allow')).toContain('GET')
    expect(await problemOf(wrong)).toEqual(['application/problem+json', 405, 'method_not_allowed', undefined])
  }
  const bodies = [
    ['/api/sql/run', {}, 'bad_input', 'sql'],
    ['/api/sql/estimate', { sql: 'SELECT 1', values: { a: 1 } }, 'bad_input', 'values'],
    ['/api/sql/format', null, 'bad_json', undefined],
    ['/api/sql/download', {}, 'bad_input', 'as'],
    ['/api/queries', {}, 'bad_input', 'name'],
    ['/api/boards', null, 'bad_json', undefined],
    ['/api/views', [], 'bad_json', undefined],
  ] as const
  for (const [path, body, code, field] of bodies)
    expect([path, ...(await problemOf(await ask('POST', path, body)))]).toEqual([
      path,
      'application/problem+json',
      400,
      code,
      field,
    ])
  const empty = {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
  }
  for (const path of ['/api/sql/run', '/api/queries', '/api/boards'])
    expect(await problemOf(await fetch(`${stack.url}${path}`, empty))).toContain('bad_json')
})

test('a page of another site may use a key, and never a session', async () => {
  const elsewhere = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: () => new Response('<!doctype html>', { headers: { 'content-type': 'text/html' } }),
  })
  const context = await stack.newContext(browser)
  const page = await context.newPage()
  await page.goto(elsewhere.url.href)
  type Asked = Pick<RequestInit, 'method' | 'credentials'> & {
    headers?: Record<string, string>
    body?: string
  }
  const asked = (path: string, init: Asked) =>
    page.evaluate(
      ([url, given]) =>
        fetch(url, given).then(
          async (response) => [response.status, response.headers.get('etag') !== null, await response.text()],
          () => 'refused by the browser',
        ),
      [`${stack.url}${path}`, init] as const,
    )
  const headers = { authorization: `Bearer ${key}` }
  expect(await asked('/api/domains', { headers })).toEqual([200, true, '{"domains":[],"next":null}'])
  const json = { ...headers, 'content-type': 'application/json' }
  const change = { method: 'POST', headers: json, body: '{"domain":"a.test","site_id":"nowhere"}' }
  expect(await asked('/api/domains', change)).toEqual([404, false, expect.stringContaining('unknown_site')])
  expect(await asked('/api/metrics', { headers: { authorization: 'Bearer no' } })).toEqual([
    401,
    false,
    expect.stringContaining('invalid_key'),
  ])
  // The owner is signed in in this browser.
  for (const credentials of ['include', 'omit'] as const)
    expect(await asked('/api/domains', { credentials })).toBe('refused by the browser')
  expect(await asked('/api/domains', { credentials: 'include', headers })).toBe('refused by the browser')
  expect(await asked('/settings/keys', { headers })).toBe('refused by the browser')
  const plain = await stack.fetch('/api/domains')
  expect([plain.status, plain.headers.get('access-control-allow-origin')]).toEqual([200, null])
  await context.close()
  await elsewhere.stop(true)
})

test('lists come in parts, each asked with what the one before called next', async () => {
  const domains = ['a.test', 'b.test', 'c.test']
  for (const domain of domains) await ask('POST', '/api/domains', { domain, site_id: 'default' })
  const seen: string[] = []
  for (let path: string | undefined = '/api/domains?limit=2'; path; ) {
    const response = await ask('GET', path)
    const { domains: some, next } = await response.json()
    seen.push(...some.map(({ domain }: { domain: string }) => domain))
    path = /^<(.+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1]
    expect(path === undefined ? null : new URLSearchParams(path.split('?')[1]).get('after')).toBe(next)
  }
  expect(seen).toEqual(domains)
  for (const domain of domains) await ask('DELETE', `/api/domains?domain=${domain}`)
  // What is entered between two parts is shown in none twice, and moves nothing out of sight.
  const entered = (from_day: string) =>
    ask('POST', '/api/costs', {
      banner_tag: 'paged',
      from_day,
      to_day: from_day,
      amount: '1',
      currency: 'EUR',
    })
  for (const day of ['2025-01-01', '2025-01-02', '2025-01-03']) expect((await entered(day)).status).toBe(201)
  const found: string[] = []
  for (let path: string | undefined = '/api/costs?limit=2'; path; ) {
    const response = await ask('GET', path)
    found.push(...(await response.json()).map(({ from_day }: { from_day: string }) => from_day))
    path = /^<(.+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1]
    if (found.length === 2) await entered('2026-10-01')
  }
  expect(found).toEqual([...new Set(found)])
  expect(found).toContain('2025-01-01')
  expect(found).not.toContain('2026-10-01')
  expect(await problemOf(await ask('GET', '/api/costs?after=x'))).toContain('invalid_cursor')
})

test('who has an answer is told so by its ETag', async () => {
  const first = await ask('GET', '/api/metrics')
  const again = await ask('GET', '/api/metrics', undefined, {
    'if-none-match': first.headers.get('etag') ?? '',
  })
  expect([first.status, again.status, await again.text()]).toEqual([200, 304, ''])
  // Weak already where the answer came compressed.
  const weak = `"other", W/${first.headers.get('etag')?.replace(/^W\//, '')}`
  expect((await ask('GET', '/api/metrics', undefined, { 'if-none-match': weak })).status).toBe(304)
  const made = await (await ask('POST', '/api/queries', { name: 'One', sql: 'SELECT 1 AS one' })).json()
  const board = await (await ask('POST', '/api/boards', { name: 'Mine' })).json()
  const kept = ['/api/queries', `/api/queries/${made.id}`, '/api/boards', `/api/boards/${board.id}`]
  for (const path of [...kept, '/api/views', '/api/openapi.json', '/api/domains', '/api/segments']) {
    const { status, headers } = await ask('GET', path)
    const again = await ask('GET', path, undefined, { 'if-none-match': headers.get('etag') ?? '' })
    expect([path, status, again.status]).toEqual([path, 200, 304])
  }
  await ask('PUT', `/api/queries/${made.id}`, { name: 'Two', sql: 'SELECT 2 AS one' })
  const stale = { 'if-none-match': (await ask('GET', `/api/queries/${made.id}`)).headers.get('etag') ?? '' }
  await ask('PUT', `/api/queries/${made.id}`, { name: 'Three', sql: 'SELECT 3 AS one' })
  expect((await ask('GET', `/api/queries/${made.id}`, undefined, stale)).status).toBe(200)
  expect(await problemOf(await ask('GET', `/api/queries/${made.id}?as=xml`))).toContain('bad_input')
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
  const auth = ['GET', 'POST'].map((method) => nameOf({ method, path: '/api/auth/{path}' }))
  const all = [...new Set([...routes.flat().map(nameOf), ...auth])]
  expect(all.filter((name) => !OF_PAGES.has(name)).sort()).toEqual(documented.sort())
  expect([...OF_PAGES].filter((name) => !all.includes(name))).toEqual([])
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
