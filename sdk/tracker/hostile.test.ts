/** Nothing is thrown into the page, and nothing counts twice, whatever the page is like. */
import { expect, test } from 'bun:test'
import { testEdge } from '@rtpx/edge/testing'
import { theatre } from '../testing/theatre.ts'
import { until } from '../testing/until.ts'

const stage = theatre(() => testEdge({ now: Date.now }))
const NOTHING = { warnings: [], errors: [] }

test('a strict content security policy: no eval, nothing inline, trusted types', async () => {
  const pages: Record<string, { headers: Record<string, string>; body: string }> = {}
  const { open, edgeUrl, types, heard } = await stage(pages)
  const policy = `default-src 'none'; script-src ${edgeUrl}; connect-src ${edgeUrl}; img-src data:; require-trusted-types-for 'script'`
  pages['/'] = {
    headers: {
      'content-security-policy': policy,
      'cross-origin-embedder-policy': 'require-corp',
      'cross-origin-opener-policy': 'same-origin',
    },
    body: '<button data-rtpx-event="press">press</button>',
  }
  const page = await open()
  await page.click('button')
  await until(types, ['page_view', 'press'])
  expect(heard).toEqual(NOTHING)
})

test('two copies, and one by its hash, count once', async () => {
  const { script, edgeUrl, ...rest } = await stage({
    '/': {
      head: '<script defer src="SCRIPT" data-site="a"></script><script defer src="SCRIPT?again" data-site="b"></script>',
      body: '<button data-rtpx-event="press">press</button>',
    },
  })
  const hash = /"(\w+)"/.exec((await fetch(script)).headers.get('etag') ?? '')?.[1]
  const page = await rest.open()
  await page.addScriptTag({ url: `${edgeUrl}/rtpx.${hash}.js` })
  await page.evaluate(() => history.pushState(null, '', '/next'))
  await page.click('button')
  await until(rest.types, ['page_view', 'page_view', 'press'])
  await Bun.sleep(400)
  expect(rest.types()).toEqual(['page_view', 'page_view', 'press'])
  expect(rest.heard).toEqual(NOTHING)
})

test('data-site missing: said once, and it counts all the same', async () => {
  const { open, types, heard } = await stage({
    '/': { tag: '', head: '<script defer src="SCRIPT"></script>' },
  })
  const page = await open()
  await page.evaluate(() => window.rtpx.emit('more'))
  await until(types, ['page_view', 'more'])
  expect(heard).toEqual({ warnings: ['rtpx: no data-site'], errors: [] })
})

test('hostile values cost themselves only', async () => {
  const { open, edge, events, types, heard } = await stage({ '/': {} })
  const page = await open()
  await until(types, ['page_view'])
  const thrown = await page.evaluate(() => {
    const cycle: Record<string, unknown> = {}
    cycle.self = cycle
    const deep = JSON.parse('['.repeat(50) + ']'.repeat(50)) as unknown
    const trap = (): never => {
      throw new Error('hostile')
    }
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    const fields = {
      kept: 'yes',
      amount: 10n,
      nested: { digits: 2n },
      cycle,
      proxy,
      symbol: Symbol('s'),
      call: () => 1,
      none: undefined,
      nan: Number.NaN,
      huge: 'x'.repeat(5_000_000),
      element: document.body,
      view: window,
      date: new Date(0),
      lone: '\ud800',
      toJson: { toJSON: trap },
      get getter() {
        return trap()
      },
      ['__proto__']: { polluted: true },
    }
    const calls: (() => void)[] = [
      () => window.rtpx.optOut({} as never),
      () => window.rtpx.optOut(false),
      () => window.rtpx.emit('values', fields),
      () => window.rtpx.emit('deep', { deep }),
      () => window.rtpx.emit(Symbol('s') as never),
      () => window.rtpx.emit({ toString: trap } as never),
      () => window.rtpx.emit('' as never),
      () => window.rtpx.emit(undefined as never),
      () => window.rtpx.emit('no_fields', null as never),
      () => window.rtpx.emit('revoked', proxy),
      () => window.rtpx.identify({ toString: trap } as never),
      () => window.rtpx.identify(Symbol('s') as never),
      () => (window.rtpx as unknown as { q: { push(call: unknown): void } }).q.push(['nothing']),
      () => window.rtpx.emit('after', Object.freeze({ fine: 1 })),
    ]
    return calls.flatMap((call, index) => {
      try {
        call()
        return []
      } catch (error) {
        return [`${index}: ${error}`]
      }
    })
  })
  expect(thrown).toEqual([])
  await until(() => types().includes('after'), true)
  expect(heard).toEqual(NOTHING)
  const values = events().find(({ event_type }) => event_type === 'values')
  expect(JSON.parse(values?.metadata ?? '')).toMatchObject({ kept: 'yes', element: {} })
  // The edge, not the script, says what is nested too deep: there the site's owner sees it.
  expect(edge.stats.rejected).toEqual(new Map([['bad_metadata', 1]]))
})

test('values a page cannot copy are left out of an event that still arrives', async () => {
  const { open, events, types } = await stage({ '/': {} })
  const page = await open()
  await page.evaluate(() => {
    const cycle: Record<string, unknown> = {}
    cycle.self = cycle
    window.rtpx.emit('values', {
      kept: 'yes',
      amount: 10n,
      nested: { digits: 2n },
      cycle,
      call: () => 1,
      nan: Number.NaN,
      huge: 'x'.repeat(5_000_000),
      date: new Date(0),
      lone: '\ud800',
      get getter(): never {
        throw new Error('hostile')
      },
    })
  })
  await until(types, ['page_view', 'values'])
  const values = events().find(({ event_type }) => event_type === 'values')
  expect(values).toMatchObject({ amount: '10' })
  expect(JSON.parse(values?.metadata ?? '')).toEqual({
    kept: 'yes',
    nested: { digits: '2' },
    nan: null,
    date: '1970-01-01T00:00:00.000Z',
    lone: '\ufffd',
  })
})

test.each([
  ['frozen history', 'Object.freeze(history)'],
  [
    'no storage',
    "for (const s of ['localStorage', 'sessionStorage']) Object.defineProperty(window, s, { get() { throw new Error('denied') } })",
  ],
  ['storage that is null', "Object.defineProperty(window, 'localStorage', { value: null })"],
  ['full storage', "localStorage.x = 'x'.repeat(5_242_879); sessionStorage.x = localStorage.x"],
  [
    'an element called rtpx',
    "document.documentElement.append(Object.assign(document.createElement('div'), { id: 'rtpx' }))",
  ],
  ['an extended Object.prototype', 'Object.prototype.extra = () => 1; Array.prototype.extra = 2'],
  [
    'frozen prototypes',
    'for (const it of [Object, Array, String, Map, Promise, JSON, Math, Function]) Object.freeze(it.prototype ?? it)',
  ],
  ['a meddling fetch', 'const own = fetch; window.fetch = (...args) => own(...args).then((r) => r.clone())'],
])('a page with %s still counts', async (_, script) => {
  const { open, types, heard } = await stage({ '/': { head: `<script>${script}</script>` } })
  const page = await open()
  await page.evaluate(() => window.rtpx.emit('more', { a: 1 }))
  await until(types, ['page_view', 'more'])
  expect(heard).toEqual(NOTHING)
})

test.each([
  ['fetch throws', "window.fetch = () => { throw new Error('no') }"],
  ['fetch answers nonsense', 'window.fetch = () => 7'],
  ['fetch never answers', 'window.fetch = () => new Promise(() => {})'],
  ['JSON is broken', "JSON.stringify = () => { throw new Error('no') }"],
  ['no crypto', "Object.defineProperty(window, 'crypto', { value: undefined })"],
  ['no Request, no URL', 'window.URL = undefined; window.Request = undefined'],
  ['rtpx cannot be set', "Object.defineProperty(window, 'rtpx', { get() { throw new Error('no') } })"],
])('a page where %s hears nothing of it', async (_, script) => {
  const { open, heard } = await stage({
    '/': { head: `<script>${script}</script>`, body: '<button data-rtpx-event="press">press</button>' },
  })
  const page = await open()
  await page.click('button')
  await page.evaluate(() => {
    history.pushState(null, '', '/next')
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))
    dispatchEvent(new Event('online'))
  })
  await Bun.sleep(400)
  expect(await page.evaluate(() => location.pathname)).toBe('/next')
  expect(heard).toEqual(NOTHING)
})

test('in an iframe, and in a sandboxed one without storage', async () => {
  const { open, views, heard } = await stage({
    '/': {
      tag: null,
      body: '<iframe src="/frame"></iframe><iframe sandbox="allow-scripts" src="/sandboxed"></iframe>',
    },
    '/frame': {},
    '/sandboxed': {
      body: "<script>addEventListener('load', () => history.pushState(null, '', '#x'))</script>",
    },
  })
  await open()
  await until(() => views().toSorted(), ['/frame', '/sandboxed'])
  expect(heard).toEqual(NOTHING)
})

test('without HTTPS, where crypto.randomUUID is missing', async () => {
  const { open, types } = await stage({
    '/': { head: '<script>delete Crypto.prototype.randomUUID</script>' },
  })
  await open()
  await until(types, ['page_view'])
})
