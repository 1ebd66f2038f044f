/** Accounts as people meet them: the first owner, signing in, a second factor, invitations, keys, shared links, sites. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { createHmac } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Store } from '#lib/server/store/database.ts'
import { memberOf, PASSWORD, post, signIn, storeOf } from './people.ts'
import { type Stack, sessionCookie, startDashboard, startStack } from './stack.ts'

setDefaultTimeout(120_000)

let stack: Stack
let store: Store

beforeAll(async () => {
  stack = await startStack()
  store = await storeOf(stack)
})
afterAll(async () => {
  await store?.close()
  await stack?.stop()
})

const get = (path: string, cookie = stack.ownerCookie) =>
  fetch(`${stack.url}${path}`, { headers: { accept: 'text/html', cookie }, redirect: 'manual' })
const asOwner = (path: string, fields: Record<string, string>) => post(stack, path, fields, stack.ownerCookie)
const shown = (html: string, testId: string) =>
  (new RegExp(`data-testid="${testId}"[^>]*>([^<]*)<`).exec(html)?.[1] ?? '')
    .replaceAll('&lt;', '<')
    .replaceAll('&quot;', '"')

/** The code an authenticator app shows. */
function totp(secret: string, now = Date.now()): string {
  const bits = [...secret]
    .map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'))
    .join('')
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(now / 30_000)))
  const digest = createHmac('sha1', key).update(counter).digest()
  const offset = (digest.at(-1) ?? 0) & 15
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

describe('a new install', () => {
  const person = { name: 'Ada', email: 'ada@brand.test', password: PASSWORD, organization: 'Brand' }
  const folders: string[] = []
  const running: { child: { kill(): void; exited: Promise<number> } }[] = []
  const fresh = async (env: Record<string, string> = {}, onLog?: (text: string) => void) => {
    const folder = mkdtempSync(join(tmpdir(), 'rtpx-accounts-'))
    folders.push(folder)
    const dashboard = await startDashboard(
      { CLICKHOUSE_URL: stack.clickhouseUrl, RTPX_DATA: folder, ...env },
      '0',
      onLog,
    )
    running.push(dashboard)
    return { url: dashboard.url, folder }
  }
  const send = (
    url: string,
    path: string,
    fields: Record<string, string>,
    headers: Record<string, string> = {},
  ) =>
    fetch(`${url}${path}`, {
      method: 'POST',
      headers: { origin: url, accept: 'text/html', ...headers },
      body: new URLSearchParams(fields),
      redirect: 'manual',
    })
  afterAll(async () => {
    for (const { child } of running) {
      child.kill()
      await child.exited
    }
    for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  })

  test('has one owner, however many try at once; a forgotten password comes back by a link that works once', async () => {
    let log = ''
    const { url } = await fresh({}, (text) => {
      log += text
    })
    const front = await fetch(url, { redirect: 'manual', headers: { accept: 'text/html' } })
    expect([front.status, front.headers.get('location')]).toEqual([303, '/setup'])
    const weak = await send(url, '/setup', { ...person, password: 'short' })
    expect([weak.status, await weak.text()]).toEqual([400, expect.stringContaining('it takes 15 or more')])
    const tries = ['ada', 'bob', 'eve'].map((name) =>
      send(url, '/setup', { ...person, email: `${name}@brand.test` }),
    )
    const owners = (await Promise.all(tries)).map(sessionCookie).filter(Boolean)
    expect(owners).toHaveLength(1)

    for (const name of ['ada', 'bob', 'eve']) await send(url, '/forgot', { email: `${name}@brand.test` })
    await Bun.sleep(200)
    const links = [...log.matchAll(/\/reset\/[\w-]+/g)].map(String)
    expect(links).toHaveLength(1)
    const [link = ''] = links
    const password = 'another long password'
    expect((await send(url, link, { password })).headers.get('location')).toBe('/sign-in')
    expect((await send(url, link, { password: `${password} 2` })).status).toBe(400)
    // Whoever was signed in is not any more.
    const old = await fetch(`${url}/settings/security`, {
      headers: { cookie: owners[0] ?? '' },
      redirect: 'manual',
    })
    expect(old.status).toBe(303)
  })

  test('that others reach asks for the code of its data folder', async () => {
    const { url, folder } = await fresh()
    const proxied = { 'x-forwarded-for': '203.0.113.9' }
    const stranger = await send(url, '/setup', { ...person, code: 'guess' }, proxied)
    expect([stranger.status, sessionCookie(stranger)]).toEqual([400, ''])
    const file = join(folder, 'secrets/setup-code')
    expect((statSync(file).mode & 0o777).toString(8)).toBe('600')
    const code = readFileSync(file, 'utf8').trim()
    expect(sessionCookie(await send(url, '/setup', { ...person, code }, proxied))).toContain(
      'rtpx.session_token',
    )
  })

  test('behind TLS binds its cookies to the host, and itself to TLS', async () => {
    const origin = 'https://stats.brand.test'
    const { url, folder } = await fresh({ ORIGIN: origin })
    const code = readFileSync(join(folder, 'secrets/setup-code'), 'utf8').trim()
    const answer = await send(url, '/setup', { ...person, code }, { origin })
    const cookie = answer.headers.getSetCookie().find((one) => one.includes('session_token')) ?? ''
    expect(cookie).toMatch(
      /^__Host-rtpx\.session_token=[^;]+; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    )
    expect(answer.headers.get('strict-transport-security')).toBe('max-age=31536000')
    expect(
      (await send(url, '/sign-in?/password', person, { origin: 'http://stats.brand.test' })).status,
    ).toBe(403)
  })
})

describe('signing in', () => {
  test('leads to a page of the dashboard and nowhere else', async () => {
    const at = async (next: string) =>
      (
        await post(stack, '/sign-in?/password', { email: 'owner@brand.test', password: PASSWORD, next })
      ).headers.get('location')
    expect(await at('/campaigns?range=30d')).toBe('/campaigns?range=30d')
    for (const next of [
      '//evil.test',
      '/\\evil.test',
      'https://evil.test',
      '/\t/evil.test',
      'javascript:alert(1)',
      '/./\\/evil.test',
    ])
      expect(await at(next)).toBe('/')
  })

  test('is refused with the same words for a wrong password and for nobody, and slows down who guesses', async () => {
    const wrong = async (email: string) => {
      const answer = await post(stack, '/sign-in?/password', { email, password: 'wrong wrong wrong' })
      return [answer.status, /Not done\.<\/strong>([^<]*)/.exec(await answer.text())?.[1]?.trim()]
    }
    expect(await wrong('owner@brand.test')).toEqual(await wrong('nobody@brand.test'))
    const statuses: unknown[] = []
    for (let tries = 0; tries < 20; tries++) statuses.push((await wrong('owner@brand.test'))[0])
    expect(statuses.at(-1)).toBe(429)
    await store.db.deleteFrom('rate_limits').execute()
  })

  test('and every page runs only the scripts it was sent with, loads nothing from elsewhere and stands in no frame', async () => {
    const nonces = new Set<string>()
    for (const [path, cookie] of [
      ['/sign-in', ''],
      ['/settings/security', stack.ownerCookie],
    ] as const) {
      const page = await get(path, cookie)
      const policy = page.headers.get('content-security-policy') ?? ''
      const [, nonce = ''] = /script-src [^;]*'nonce-([^']+)'/.exec(policy) ?? []
      nonces.add(nonce)
      for (const part of [
        "default-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
      ])
        expect(policy).toContain(part)
      expect(policy).not.toMatch(/unsafe-inline|unsafe-eval|https?:|\*/)
      const inline = [...(await page.text()).matchAll(/<script(?![^>]*\ssrc=)([^>]*)>/g)].map(
        ([, attributes]) => attributes,
      )
      expect(inline.length).toBeGreaterThan(0)
      for (const attributes of inline) expect(attributes).toContain(`nonce="${nonce}"`)
      expect(page.headers.get('x-content-type-options')).toBe('nosniff')
    }
    expect([nonces.size, nonces.has('')]).toEqual([2, false])
  })

  test('and every change comes from a page of this dashboard', async () => {
    for (const type of ['application/x-www-form-urlencoded', 'application/json', 'text/plain']) {
      const answer = await fetch(`${stack.url}/settings/keys?/create`, {
        method: 'POST',
        headers: { origin: 'https://evil.test', cookie: stack.ownerCookie, 'content-type': type },
        body: 'name=x&permission=manage',
      })
      expect([type, answer.status]).toEqual([type, 403])
    }
  })

  test('takes a second step once there is a second factor; a backup code works once', async () => {
    const cookie = await memberOf(stack, store, 'viewer')
    const { email } = await store.db
      .selectFrom('users')
      .select('email')
      .orderBy('created_at', 'desc')
      .executeTakeFirstOrThrow()
    const page = await (
      await post(stack, '/settings/security?/enable', { password: PASSWORD }, cookie)
    ).text()
    const secret = shown(page, 'secret')
    const codes = [
      ...(/data-testid="codes"[\s\S]*?<\/ul>/.exec(page)?.[0] ?? '').matchAll(/<li[^>]*>([^<]+)</g),
    ].map(([, code = '']) => code)
    expect(codes.length).toBeGreaterThanOrEqual(8)
    const confirmed = await post(stack, '/settings/security?/confirm', { code: totp(secret) }, cookie)
    expect(await confirmed.text()).toContain('The second factor is on')

    const withPassword = async () => {
      const answer = await post(stack, '/sign-in?/password', { email, password: PASSWORD })
      expect([answer.headers.get('location'), sessionCookie(answer)]).toEqual(['/two-factor', ''])
      return answer.headers
        .getSetCookie()
        .map((one) => one.split(';')[0])
        .join('; ')
    }
    const wrong = await post(stack, '/two-factor', { code: '000000' }, await withPassword())
    expect([wrong.status, sessionCookie(wrong)]).toEqual([400, ''])
    const right = await post(stack, '/two-factor', { code: totp(secret) }, await withPassword())
    expect(sessionCookie(right)).not.toBe('')
    const [backup = ''] = codes
    expect(sessionCookie(await post(stack, '/two-factor', { code: backup }, await withPassword()))).not.toBe(
      '',
    )
    expect(sessionCookie(await post(stack, '/two-factor', { code: backup }, await withPassword()))).toBe('')
  })

  test('can be ended from afar', async () => {
    const first = await memberOf(stack, store, 'viewer')
    const { email, id } = await store.db
      .selectFrom('users')
      .select(['id', 'email'])
      .orderBy('created_at', 'desc')
      .executeTakeFirstOrThrow()
    const second = await signIn(stack, email)
    const sessions = await store.db
      .selectFrom('sessions')
      .select('id')
      .where('user_id', '=', id)
      .orderBy('created_at')
      .execute()
    await post(stack, '/settings/security?/end', { id: sessions[0]?.id ?? '' }, second)
    expect((await get('/settings/security', first)).status).toBe(303)
    expect((await get('/settings/security', second)).status).toBe(200)
  })
})

describe('members', () => {
  test('come by a link for one address, once; strangers make no account', async () => {
    const page = await (
      await asOwner('/settings/members?/invite', { email: 'New@Brand.test', role: 'analyst' })
    ).text()
    const link = new URL(shown(page, 'invitation')).pathname
    const person = { name: 'Nora', email: 'other@brand.test', password: PASSWORD }
    const joined = await post(stack, `${link}?/create`, person)
    expect([joined.status, joined.headers.get('location')]).toEqual([303, '/'])
    const member = await store.db
      .selectFrom('users')
      .innerJoin('members', 'members.user_id', 'users.id')
      .select(['email', 'role'])
      .where('name', '=', 'Nora')
      .executeTakeFirst()
    expect(member).toEqual({ email: 'new@brand.test', role: 'analyst' })
    expect((await post(stack, `${link}?/create`, person)).status).toBe(404)
    expect((await get('/sign-up', '')).status).toBe(404)
    expect((await post(stack, '/sign-up', person)).status).toBe(404)
    const direct = await fetch(`${stack.url}/api/auth/sign-up/email`, {
      method: 'POST',
      headers: { origin: stack.url, 'content-type': 'application/json' },
      body: JSON.stringify(person),
    })
    expect(direct.status).toBe(404)
  })

  test('lose what they are taken; an owner stays, and no admin makes or unmakes one', async () => {
    const { user_id } = await store.db
      .selectFrom('members')
      .select('user_id')
      .where('role', '=', 'owner')
      .orderBy('created_at')
      .executeTakeFirstOrThrow()
    const gone = await asOwner('/settings/members?/change', { user_id, remove: '1' })
    expect([gone.status, await gone.text()]).toEqual([409, expect.stringContaining('would have no owner')])
    const admin = await memberOf(stack, store, 'admin')
    expect((await post(stack, '/settings/members?/change', { user_id, role: 'viewer' }, admin)).status).toBe(
      403,
    )
    expect(
      (await post(stack, '/settings/members?/invite', { email: 'x@y.test', role: 'owner' }, admin)).status,
    ).toBe(400)

    const viewer = await memberOf(stack, store, 'viewer')
    const { id } = await store.db
      .selectFrom('users')
      .select('id')
      .orderBy('created_at', 'desc')
      .executeTakeFirstOrThrow()
    expect((await get('/api/arrivals', viewer)).status).toBe(200)
    await asOwner('/settings/members?/change', { user_id: id, role: 'partner', banner_prefixes: 'acme-' })
    expect((await get('/api/arrivals', viewer)).status).toBe(403)
    await asOwner('/settings/members?/change', { user_id: id, remove: '1' })
    expect((await get('/api/overview', viewer)).status).toBe(401)
  })
})

test('a key does what it was made for, at its pace, until it is revoked', async () => {
  const page = await (
    await asOwner('/settings/keys?/create', {
      name: 'Grafana',
      permission: 'read',
      days: '1',
      requests_per_minute: '3',
    })
  ).text()
  const key = shown(page, 'key')
  expect(key).toMatch(/^rtpx_[\w-]{43}$/)
  const ask = (path: string) => fetch(`${stack.url}${path}`, { headers: { authorization: `Bearer ${key}` } })
  // Within one minute of the clock.
  if (new Date().getSeconds() > 55) await Bun.sleep(6_000)
  expect((await ask('/api/overview')).status).toBe(200)
  expect((await ask('/api/arrivals')).status).toBe(403)
  expect((await ask('/api/overview')).status).toBe(200)
  const limited = await ask('/api/overview')
  expect([limited.status, Number(limited.headers.get('retry-after')) > 0]).toEqual([429, true])
  const kept = await store.db
    .selectFrom('api_keys')
    .selectAll()
    .where('name', '=', 'Grafana')
    .executeTakeFirstOrThrow()
  expect(JSON.stringify(kept)).not.toContain(key)
  expect(kept.last_used_at).toBeGreaterThan(Date.now() - 60_000)
  await store.db.updateTable('api_keys').set({ expires_at: 1 }).where('id', '=', kept.id).execute()
  expect((await ask('/api/overview')).status).toBe(401)
  await store.db.updateTable('api_keys').set({ expires_at: null }).where('id', '=', kept.id).execute()
  await asOwner('/settings/keys?/revoke', { id: kept.id })
  expect((await ask('/api/overview')).status).toBe(401)
})

test('a shared link shows one page with its filter, to who has its password, until it is over', async () => {
  const create = async (fields: Record<string, string>) => {
    const base = { name: 'For Acme', site_id: 'default', page: '/', days: '1', parameters: '' }
    return new URL(
      shown(await (await asOwner('/settings/links?/create', { ...base, ...fields })).text(), 'link'),
    ).pathname
  }
  const link = await create({ parameters: 'banner=acme-1', password: 'for acme only' })
  const closed = await get(link, '')
  expect([closed.status, closed.headers.get('x-frame-options')]).toEqual([200, 'DENY'])
  expect((await post(stack, link, { password: 'for someone else' })).status).toBe(400)
  const opened = await post(stack, link, { password: 'for acme only' })
  expect(opened.headers.get('location')).toBe('/?banner=acme-1&site=default')
  const cookie = opened.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const at = async (path: string) => (await get(path, cookie)).status
  expect(await at('/?banner=acme-1&site=default')).toBe(200)
  expect(await at('/api/overview?banner=acme-1&site=default')).toBe(200)
  expect((await get('/?banner=rival-1', cookie)).headers.get('location')).toBe('/?banner=acme-1&site=default')
  expect(await at('/api/overview?banner=rival-1&site=default')).toBe(401)
  expect(await at('/api/overview')).toBe(401)
  expect(await at('/api/arrivals?banner=acme-1&site=default')).toBe(401)
  for (const path of ['/campaigns', '/settings', '/install', '/settings/keys'])
    expect([path, await at(path)]).toEqual([path, 303])
  expect((await get('/?banner=acme-1&site=default', `${cookie}x`)).status).toBe(200)
  expect(await (await get('/?banner=acme-1&site=default', `${cookie}x`)).text()).toContain(
    'What your banners bring',
  )

  const today = new Date().toISOString().slice(0, 10)
  for (const [text, on_links] of [
    ['a note for all', true],
    ['a note for the house', false],
  ] as const)
    await fetch(`${stack.url}/api/annotations?site=default`, {
      method: 'POST',
      headers: { cookie: stack.ownerCookie, origin: stack.url, 'content-type': 'application/json' },
      body: JSON.stringify({ day: today, text, on_links }),
    })
  // A link of one banner is a partner's.
  expect(await (await get('/?banner=acme-1&site=default', cookie)).text()).not.toContain('a note for')
  for (const path of ['annotations', 'views'])
    expect([path, await at(`/api/${path}?banner=acme-1&site=default`)]).toEqual([path, 401])

  // What the page is fixed to need not be what its documented call takes; the link's banner holds all the same.
  const campaigns = await create({ page: '/campaigns', parameters: 'banner=acme-1&compare=a&range=7d' })
  const [seen = ''] = (await get(campaigns, '')).headers.getSetCookie()
  const call = (search: string) =>
    get(`/api/analytics/campaigns?banner=acme-1&compare=a&range=7d&site=default${search}`, seen.split(';')[0])
  const numbers = await call('&limit=5')
  expect([numbers.status, (await numbers.json()).page]).toMatchObject([200, { limit: 5 }])
  expect(await (await call('&colour=red')).json()).toMatchObject({
    code: 'unknown_parameter',
    field: 'colour',
  })
  // A second value never widens what is fixed.
  for (const search of ['&range=30d', '&banner=rival-1']) expect((await call(search)).status).toBe(401)

  // A filter of two values is fixed to both.
  const steps = (...countries: string[]) =>
    ['s1=visit', ...countries.map((country) => `s1.country.is=${country}`), 's2=deposit'].join('&')
  const both = await create({ page: '/funnels', parameters: steps('NZ', 'AU') })
  const funnel = await get(both, '')
  expect(funnel.headers.get('location')).toBe(`/funnels?${steps('NZ', 'AU')}&site=default`)
  const [held = ''] = funnel.headers.getSetCookie()
  const asked = async (...countries: string[]) =>
    (await get(`/api/funnels?${steps(...countries)}&site=default`, held.split(';')[0])).status
  expect(await asked('AU', 'NZ')).toBe(200)
  for (const others of [['NZ'], ['NZ', 'AU', 'DE'], ['NZ', 'DE']])
    expect([others, await asked(...others)]).toEqual([others, 401])

  const frame = await create({ embed: 'on', frame_ancestors: 'https://brand.test' })
  const framed = await get(frame, '')
  const [set = ''] = framed.headers.getSetCookie()
  expect(set).toMatch(/Secure.*SameSite=None.*Partitioned|Partitioned.*SameSite=None/)
  const inside = await get(framed.headers.get('location') ?? '', set.split(';')[0])
  expect(inside.headers.get('x-frame-options')).toBeNull()
  expect(inside.headers.get('content-security-policy')).toContain('frame-ancestors https://brand.test')

  const noted = await inside.text()
  expect([noted.includes('a note for all'), noted.includes('a note for the house')]).toEqual([true, false])

  const links = await store.db.selectFrom('shared_links').select('id').execute()
  for (const { id } of links) await asOwner('/settings/links?/revoke', { id })
  expect(await at('/api/overview?banner=acme-1&site=default')).toBe(401)
  expect((await get(link, '')).status).toBe(404)
})

test('sites: a key and a domain are one site’s, and days that were counted keep their time zone', async () => {
  const site = {
    site_id: 'brand',
    name: 'Brand',
    domains: 'brand.test, *.brand.test',
    time_zone: 'Europe/Berlin',
    source_ip: 'hashed',
    events_days: '30',
  }
  const add = async (fields: Partial<typeof site>) =>
    (await asOwner('/settings/sites?/add', { ...site, ...fields })).status
  const change = async (fields: Record<string, string>) =>
    (await asOwner('/settings/sites?/change', { ...site, ...fields })).status
  expect(await add({})).toBe(200)
  const row = async () =>
    (
      await stack.clickhouse.rows<Record<string, unknown>>(
        "SELECT name, domains, time_zone, settings FROM sites WHERE site_id = 'brand'",
      )
    )[0]
  expect(await row()).toEqual({
    name: 'Brand',
    domains: ['brand.test', '*.brand.test'],
    time_zone: 'Europe/Berlin',
    settings: '{"source_ip":"hashed","honours_opt_out":false,"retention":{"events_days":30}}',
  })
  expect(await add({ domains: '' })).toBe(409)
  expect(await add({ site_id: 'second' })).toBe(409)
  expect(await add({ site_id: 'Bad Key', domains: '' })).toBe(400)
  expect(await add({ site_id: '_canary', domains: '' })).toBe(400)
  expect(await add({ site_id: 'third', domains: 'http://x', events_days: '3' })).toBe(400)
  expect(await change({ time_zone: 'Asia/Tokyo', name: 'Tokyo' })).toBe(200)
  await stack.send({ site_id: 'brand', player_id: 'p' })
  expect(await change({ time_zone: 'UTC' })).toBe(409)
  expect(await change({ time_zone: 'Asia/Tokyo', name: 'Still there' })).toBe(200)
  expect(await row()).toMatchObject({ name: 'Still there', time_zone: 'Asia/Tokyo' })
  const log = await store.db.selectFrom('audit_log').select('action').where('target', '=', 'brand').execute()
  expect(log.map(({ action }) => action)).toEqual(['site.added', 'site.changed', 'site.changed'])
})
