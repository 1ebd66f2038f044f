/**
 * Every route of the app, found in its files, asked as every role, as the owner of another organization, and signed out.
 * A route that is not listed here fails: say who may use it.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { join } from 'node:path'
import { NAV } from '#lib/nav.ts'
import { type Permission, ROLES, type Role, roleMay } from '#lib/permission.ts'
import { operationOf } from '#lib/server/api/judge.ts'
import type { Store } from '#lib/server/store/database.ts'
import { memberOf, storeOf, strangerOf } from './people.ts'
import { type Stack, startStack } from './stack.ts'

setDefaultTimeout(120_000)

type Access = Permission | 'open'

/** Below a folder every route needs the same, unless it is listed itself. Pages of the navigation say it there. */
const FOLDERS: readonly (readonly [string, Access])[] = [
  ['/setup', 'open'],
  ['/sign-', 'open'],
  ['/two-factor', 'open'],
  ['/forgot', 'open'],
  ['/reset', 'open'],
  ['/invitation', 'open'],
  ['/welcome', 'open'],
  ['/shared', 'open'],
  ['/api/auth', 'open'],
  ['/health', 'open'],
  ['/metrics', 'open'],
  ['/docs/api', 'open'],
  ['/api/openapi.json', 'open'],
  ['/settings/sites', 'manage'],
  ['/settings/members', 'manage'],
  ['/settings/keys', 'manage'],
  ['/settings/audit', 'manage'],
  ['/settings/links', 'edit'],
  ['/settings', 'read'],
  ['/api/sql', 'sql'],
  ['/api/queries', 'sql'],
  ['/api/boards', 'sql'],
  ['/boards', 'sql'],
  ['/status', 'read'],
  ['/api/analytics/funnel', 'read'],
  ['/api/analytics/recent', 'read'],
  ['/api/analytics/retention', 'read'],
  ['/api/alerts', 'edit'],
  ['/api/players/x/e', 'manage'],
  ['/api/findings', 'edit'],
  ['/api/recount', 'manage'],
  ['/api/rejected', 'manage'],
  ['/api/segments', 'edit'],
  ['/report', 'players'],
  ['/api/views', 'read'],
  ['/api/annotations', 'edit'],
]

/** What single routes need; a method before the path where methods differ. */
const ROUTES: Readonly<Record<string, Access>> = {
  '/install': 'players',
  '/install/example': 'players',
  '/live': 'read',
  '/api/overview': 'read',
  '/api/search': 'read',
  '/api/metrics': 'players',
  '/api/arrivals': 'players',
  'GET /api/costs': 'players',
  'GET /api/alerts': 'players',
  'GET /api/alerts/news': 'players',
  'GET /api/recount': 'players',
  'GET /api/rejected': 'players',
  'GET /api/segments': 'players',
  'GET /api/annotations': 'players',
  '/api/costs': 'edit',
  '/api/costs/x': 'edit',
  '/api/analytics/top-pages': 'players',
  '/api/analytics/kpis': 'players',
  '/api/analytics/timeseries': 'players',
  '/analytics/top-pages': 'players',
  '/analytics/summary': 'players',
  '/analytics/timeseries': 'players',
  '/analytics/recent': 'read',
  '/api/domains': 'manage',
  '/api/analytics/campaigns': 'read',
}

const routesFolder = join(import.meta.dir, '../src/routes')

interface Route {
  readonly method: string
  /** The path, with parameters filled in. */
  readonly path: string
  readonly action: string
}

async function routesOf(file: string): Promise<Route[]> {
  const id = `/${file.replace(/\/?\+(page|server)[^/]*$/, '')}`
  const path = id.replaceAll(/\/\([^)]*\)/g, '').replaceAll(/\[\.{3}\w+\]|\[\w+\]/g, 'x') || '/'
  const text = await Bun.file(join(routesFolder, file)).text()
  if (file.endsWith('+server.ts'))
    return [
      ...text.matchAll(/^export (?:const|async function|function|\{) (GET|POST|PUT|PATCH|DELETE)\b/gm),
    ].map(([, method = '']) => ({ method, path, action: '' }))
  const actions = text.split('export const actions')[1] ?? ''
  const names = [...actions.matchAll(/^ {2}(\w+): async/gm)].map(([, name = '']) => name)
  return names.map((name) => ({ method: 'POST', path, action: name === 'default' ? '' : `?/${name}` }))
}

const files = [
  ...new Bun.Glob('**/+{page.svelte,page.server.ts,server.ts}').scanSync({ cwd: routesFolder }),
].sort()
const pages = files
  .filter((file) => file.endsWith('+page.svelte'))
  .map((file) => {
    const folder = `/${file.replace(/\/?\+page\.svelte$/, '')}`
    return {
      method: 'GET',
      path: folder.replaceAll(/\/\([^)]*\)/g, '').replaceAll(/\[\w+\]/g, 'x') || '/',
      action: '',
    }
  })
const routes = [
  ...pages,
  ...(await Promise.all(files.filter((file) => file.endsWith('.ts')).map(routesOf))).flat(),
]

function accessOf({ method, path }: Route): Access | undefined {
  const page = NAV.find(({ href }) => href === path || (href !== '/' && path.startsWith(`${href}/`)))
  const api = NAV.find(
    ({ href }) => href !== '/' && (path === `/api${href}` || path.startsWith(`/api${href}/`)),
  )
  return (
    ROUTES[`${method} ${path}`] ??
    ROUTES[path] ??
    FOLDERS.find(([folder]) => path.startsWith(folder))?.[1] ??
    (method === 'GET' ? page?.permission : undefined) ??
    (method === 'GET' ? api?.permission : undefined)
  )
}

let stack: Stack
let store: Store
const cookies = {} as Record<Role | 'stranger', string>

beforeAll(async () => {
  stack = await startStack()
  store = await storeOf(stack)
  for (const role of ROLES)
    cookies[role] = await memberOf(stack, store, role, role === 'partner' ? ['acme-'] : null)
  cookies.stranger = await strangerOf(stack, store)
  await stack.send(
    { event_type: 'visit', player_id: 'acme-player', banner_tag: 'acme-1' },
    { event_type: 'visit', player_id: 'rival-player', banner_tag: 'rival-1' },
  )
})

afterAll(async () => {
  await store?.close()
  await stack?.stop()
})

/** Asks a route with nothing in the body: whoever may is told what is missing, whoever may not is refused first. */
async function ask({ method, path, action }: Route, cookie: string, search = '') {
  const response = await fetch(`${stack.url}${path}${action || search}`, {
    method,
    headers: {
      accept: path.startsWith('/api') ? 'application/json' : 'text/html',
      ...(cookie && { cookie }),
      ...(method !== 'GET' && {
        origin: stack.url,
        'content-type':
          action || !path.startsWith('/api') ? 'application/x-www-form-urlencoded' : 'application/json',
      }),
    },
    ...(method !== 'GET' && { body: path.startsWith('/api') ? '{}' : '' }),
    redirect: 'manual',
    signal: AbortSignal.timeout(20_000),
  })
  const text = await response.text()
  const refused =
    response.status === 401 || response.status === 403 || text.includes('This is not yours to see')
  const toSignIn = response.headers.get('location')?.startsWith('/sign-in') ?? false
  return { status: response.status, text, refused, toSignIn }
}

/** Some at a time, as people do. */
async function eachOf<T>(all: readonly T[], work: (one: T) => Promise<void>, atOnce = 4): Promise<void> {
  const left = [...all]
  const worker = async () => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) await work(one)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

const closed = routes.filter((route) => !['open', undefined].includes(accessOf(route)))
const readings = closed.filter(({ method }) => method === 'GET')
const nameOf = ({ method, path, action }: Route) => `${method} ${path}${action}`

test('every route says who may use it', () => {
  expect(routes.length).toBeGreaterThan(30)
  expect(routes.filter((route) => accessOf(route) === undefined).map(nameOf)).toEqual([])
})

test('signed out, everything but the front door leads to it', async () => {
  await eachOf(closed, async (route) => {
    const { status, toSignIn, text } = await ask(route, '')
    const isFront = route.path === '/' && route.method === 'GET' && text.includes('What your banners bring')
    expect([nameOf(route), isFront || toSignIn || status === 401]).toEqual([nameOf(route), true])
  })
})

describe.each(ROLES)('%s', (role) => {
  test('may what the role grants, and nothing else', async () => {
    await eachOf(closed, async (route) => {
      const access = accessOf(route) as Permission
      const { refused, toSignIn, status } = await ask(route, cookies[role])
      expect([nameOf(route), status !== 500, refused || toSignIn]).toEqual([
        nameOf(route),
        true,
        !roleMay(role, access),
      ])
    })
  })
})

/** What a reading is asked with, of a wider question: only what it takes, else it refuses and nothing is seen. */
function searchOf({ method, path }: Route, wanted: Readonly<Record<string, string>>): string {
  const documented = operationOf(method, path.replace(/^\/api\/players\/x$/, '/api/players/[player_id]'))
  const { query = wanted } = documented ?? {}
  const needed = Object.entries(documented?.query ?? {}).filter(([, { required }]) => required)
  const given = Object.entries(wanted).filter(([name]) => name in query)
  return `?${new URLSearchParams([...needed.map(([name, { example = '' }]) => [name, example]), ...given])}`
}

test('a partner reads of no banner but its own, of no player at all', async () => {
  await eachOf(readings, async (route) => {
    const { text } = await ask(route, cookies.partner, searchOf(route, { range: 'today' }))
    expect([nameOf(route), /rival-|acme-player/.exec(text)?.[0]]).toEqual([nameOf(route), undefined])
  })
})

test('a stranger reads nothing of a site that is not theirs, whatever they name', async () => {
  await eachOf(readings, async (route) => {
    for (const wanted of [{ range: 'today' }, { range: 'today', site: 'default' }]) {
      const { text } = await ask(route, cookies.stranger, searchOf(route, wanted))
      expect([nameOf(route), /rival-|acme-/.exec(text)?.[0]]).toEqual([nameOf(route), undefined])
    }
  })
})

test('the search finds what the asker may see, by role and site', async () => {
  const search = { method: 'GET', path: '/api/search', action: '' }
  const found = async (cookie: string, q: string) => {
    const { text } = await ask(search, cookie, `?q=${q}`)
    return (JSON.parse(text).hits as { kind: string; id: string }[]).map(({ kind, id }) => `${kind} ${id}`)
  }
  // The players' job does not run here.
  await stack.clickhouse.insertLines('players_log', [
    JSON.stringify({ site_id: 'default', player_id: 'acme-player', banner_tag: 'acme-1' }),
    JSON.stringify({ site_id: 'default', player_id: 'rival-player', banner_tag: 'rival-1' }),
  ])
  expect(await found(cookies.owner, 'rival')).toEqual(['banner rival-1', 'player rival-player'])
  expect(await found(cookies.viewer, 'ACME-1')).toEqual(['banner acme-1'])
  expect(await found(cookies.partner, 'acme')).toEqual(['banner acme-1'])
  expect(await found(cookies.partner, 'rival')).toEqual([])
  expect(await found(cookies.stranger, 'acme')).toEqual([])
})

test('views and notes are shown to whom they may be, and changed by whose they are', async () => {
  const call = async (role: Role | 'stranger', method: string, path: string, body?: object) => {
    const response = await fetch(`${stack.url}${path}`, {
      method,
      headers: { cookie: cookies[role], origin: stack.url, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: text ? JSON.parse(text) : null }
  }
  const names = async (role: Role | 'stranger') =>
    ((await call(role, 'GET', '/api/views')).body as { name: string }[]).map(({ name }) => name)
  const keep = (role: Role | 'stranger', name: string, href: string, shared = true) =>
    call(role, 'POST', '/api/views', { name, href, shared })
  const banner = await keep('owner', 'a banner', '/?site=default&banner=kept-1')
  expect(banner.status).toBe(201)
  await keep('owner', 'members', '/sql?site=default')
  await keep('owner', 'mine', '/?site=default', false)
  await keep('partner', 'partner', '/campaigns?site=default')
  expect(await names('owner')).toEqual(['a banner', 'members', 'mine'])
  expect(await names('analyst')).toEqual(['a banner', 'members'])
  expect(await names('viewer')).toEqual(['a banner'])
  expect(await names('partner')).toEqual(['partner'])
  expect(await names('stranger')).toEqual([])
  const path = `/api/views/${banner.body.id}`
  for (const role of ['analyst', 'viewer', 'partner', 'stranger'] as const)
    expect([role, (await call(role, 'PATCH', path, { name: 'x' })).status]).toEqual([role, 404])
  // The owner of an install sees every site that is nobody else's.
  for (const href of [
    'javascript:alert(1)',
    '//evil.test/?site=default',
    '/\\evil.test/?site=default',
    'https://evil.test/?site=default',
    '/settings?site=default',
    '/players/p1?site=default',
    '/?range=7d',
    '/?site=foreign',
  ])
    expect([href, (await keep('owner', 'bad', href)).status]).toEqual([href, 400])
  expect((await keep('partner', 'bad', '/players?site=default')).status).toBe(400)
  expect((await call('owner', 'DELETE', path, {})).status).toBe(204)

  const today = new Date().toISOString().slice(0, 10)
  const notes = `/api/annotations?site=default&from=${today}&to=${today}`
  const added = await call('analyst', 'POST', notes, { day: today, text: 'a secret launch' })
  expect([added.status, added.body.author]).toEqual([201, 'analyst'])
  expect((await call('viewer', 'GET', notes)).body.list).toMatchObject([
    { text: 'a secret launch', mine: false },
  ])
  expect((await call('viewer', 'POST', notes, { day: today, text: 'x' })).status).toBe(403)
  expect((await call('stranger', 'GET', notes)).status).toBe(404)
  const page = await ask({ method: 'GET', path: '/', action: '' }, cookies.partner, '?range=today')
  expect(page.text).not.toContain('a secret launch')
  const own = `/api/annotations/${added.body.id}?site=default`
  const other = await call('owner', 'POST', notes, { day: today, text: 'of the owner' })
  expect(
    (await call('analyst', 'PATCH', `/api/annotations/${other.body.id}?site=default`, { text: 'x' })).status,
  ).toBe(404)
  expect((await call('admin', 'PATCH', own, { text: 'a launch' })).body.text).toBe('a launch')
  for (const bad of [
    { day: '2026-02-30', text: 'x' },
    { day: today, text: ' ' },
    { day: today, text: 'x'.repeat(281) },
  ])
    expect((await call('analyst', 'POST', notes, bad)).status).toBe(400)
  expect((await call('analyst', 'DELETE', own, {})).status).toBe(204)
})

test('the owner does read it', async () => {
  const { text } = await ask(
    { method: 'GET', path: '/api/overview', action: '' },
    cookies.owner,
    '?range=today',
  )
  expect(text).toContain('rival-1')
})
