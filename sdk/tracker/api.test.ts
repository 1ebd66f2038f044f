/** What a site does with the script: emit, identify, clicks without code, and every choice of privacy. */
import { expect, test } from 'bun:test'
import { testEdge } from '@rtpx/edge/testing'
import { theatre } from '../testing/theatre.ts'
import { until } from '../testing/until.ts'

const stage = theatre(() => testEdge({ now: Date.now }))

/** The line the README gives, as it stands there. */
const readme = await Bun.file(new URL('../README.md', import.meta.url)).text()
const STUB = /<script>(window\.rtpx.*)<\/script>/.exec(readme)?.[0] ?? ''
const NOSCRIPT = /<noscript>.*<\/noscript>/.exec(readme)?.[0] ?? ''

test('calls made before the script is there count, and functions kept from then go on working', async () => {
  expect(STUB).not.toBe('')
  const early = `<script>
    rtpx.identify('p1')
    rtpx.emit('early', { banner_tag: 'b1' })
    window.kept = rtpx.emit
  </script>`
  const { open, events, types } = await stage({ '/': { head: STUB + early } })
  const page = await open()
  await until(types, ['early', 'page_view'])
  for (const event of events()) expect(event.player_id).toBe('p1')
  await page.evaluate(() => (window as unknown as { kept(type: string): void }).kept('late'))
  await until(types, ['early', 'page_view', 'late'])
})

test('emit: the contract’s fields become columns, the rest metadata; identify names the player until told otherwise', async () => {
  const { open, events, types } = await stage({ '/': {} })
  const page = await open()
  await page.evaluate(() => {
    window.rtpx.identify(42)
    window.rtpx.emit('deposit', {
      banner_tag: 'b',
      amount: 12.5,
      currency: 'EUR',
      transaction_id: 't1',
      event_id: '11111111-2222-4333-8444-555555555555',
      table: 'blackjack',
      metadata: { seat: 3 },
    })
    window.rtpx.identify()
    window.rtpx.emit('anonymous')
    window.rtpx.emit('registration', { player_id: 'other', banner_tag: 'b' })
  })
  await until(types, ['page_view', 'deposit', 'anonymous', 'registration'])
  const [, , deposit, anonymous, registration] = events()
  expect(deposit).toMatchObject({
    event_id: '11111111-2222-4333-8444-555555555555',
    player_id: '42',
    banner_tag: 'b',
    amount: '12.5',
    currency: 'EUR',
    transaction_id: 't1',
  })
  expect(JSON.parse(deposit?.metadata ?? '')).toEqual({ table: 'blackjack', seat: 3 })
  expect(anonymous).not.toHaveProperty('player_id')
  expect(registration?.player_id).toBe('other')
})

test('data-rtpx-event: a click counts, with the other attributes as fields, also where the page stops it', async () => {
  const body = `
    <button id="a" data-rtpx-event="signup_click" data-rtpx-banner-tag="hero" data-rtpx-plan_name="pro"><b>Join</b></button>
    <a id="b" href="/next" data-rtpx-event="leave"><svg width="9" height="9"><rect width="9" height="9"/></svg></a>
    <my-button id="c" data-rtpx-event="component"></my-button>
    <button id="d">silent</button>
    <script>
      document.querySelector('#a').addEventListener('click', (event) => event.stopImmediatePropagation())
      document.querySelector('#c').attachShadow({ mode: 'closed' }).innerHTML = '<button>in</button>'
    </script>`
  const { open, events, types } = await stage({ '/': { body }, '/next': { tag: null } })
  const page = await open()
  await page.click('#a b')
  await page.click('#c')
  await page.click('#d')
  await page.click('#b svg')
  await until(types, ['page_view', 'signup_click', 'component', 'leave'])
  const click = events().find(({ event_type }) => event_type === 'signup_click')
  expect(click).toMatchObject({ banner_tag: 'hero', path: '/' })
  expect(JSON.parse(click?.metadata ?? '')).toEqual({ plan_name: 'pro' })
})

test('without JavaScript: the line the README gives counts the page view, and with it nothing counts twice', async () => {
  const pages: Record<string, { body: string }> = {}
  const { open, context, edgeUrl, siteUrl, events, views } = await stage(pages)
  pages['/shop'] = { body: NOSCRIPT.replace('https://edge.example', edgeUrl).replace('KEY', 'shop') }
  const without = await context.browser()?.newContext({ javaScriptEnabled: false })
  const page = await without?.newPage()
  await page?.goto(`${siteUrl}/shop?from=mail`)
  await until(views, ['/shop?from=mail'])
  expect(events()).toMatchObject([{ site_id: 'default', domain: '127.0.0.1', event_type: 'page_view' }])
  await without?.close()
  await open('/shop')
  await until(views, ['/shop?from=mail', '/shop'])
})

test('a click in the moment after the script ran counts, before its first task', async () => {
  const head =
    "<script>addEventListener('DOMContentLoaded', () => document.querySelector('button').click())</script>"
  const { open, types } = await stage({
    '/': { head, body: '<button data-rtpx-event="soon">soon</button>' },
  })
  await open()
  await until(() => types().toSorted(), ['page_view', 'soon'])
})

test('data-visitor: one visitor over sessions and reloads; without it, none', async () => {
  const { open, events, types } = await stage({ '/': { tag: 'data-site="s" data-visitor' } })
  await (await open()).close()
  const page = await open()
  await until(() => types().length, 2)
  const ids = new Set(events().map(({ visitor_id }) => visitor_id))
  expect(ids.size).toBe(1)
  expect([...ids][0]).toMatch(/^[0-9a-f-]{36}$/)
  expect(await page.evaluate(() => document.cookie)).toBe('')
})

test('opting out: nothing is sent or kept, here and on later pages, until it is taken back', async () => {
  const { open, context, types, posts } = await stage({ '/': { tag: 'data-site="s" data-visitor' } })
  await context.setOffline(false)
  const page = await open()
  await until(types, ['page_view'])
  await page.evaluate(() => {
    window.rtpx.emit('just_before')
    window.rtpx.optOut()
    window.rtpx.emit('after')
  })
  expect(await page.evaluate(() => [Object.keys(localStorage), Object.keys(sessionStorage)])).toEqual([
    ['rtpx_optout'],
    [],
  ])
  await page.reload()
  await Bun.sleep(600)
  expect(posts).toHaveLength(1)
  await page.evaluate(() => {
    window.rtpx.optOut(false)
    window.rtpx.emit('again')
  })
  await until(types, ['page_view', 'again'])
})

test('a site may set rtpx_optout by itself', async () => {
  const { open, posts } = await stage({ '/': { head: '<script>localStorage.rtpx_optout = 1</script>' } })
  await open()
  await Bun.sleep(600)
  expect(posts).toEqual([])
})

test.each([
  ['globalPrivacyControl', 'true', true],
  ['doNotTrack', '"1"', true],
  ['doNotTrack', '"unspecified"', false],
  ['globalPrivacyControl', 'false', false],
])('data-respect-privacy: %s = %s is obeyed (%p), and without it is not', async (name, value, isObeyed) => {
  const head = `<script>Object.defineProperty(navigator, '${name}', { get: () => ${value} })</script>`
  const { open, views } = await stage({
    '/asked': { head, tag: 'data-site="s" data-respect-privacy' },
    '/not-asked': { head },
  })
  const page = await open('/asked')
  const stored = await page.evaluate(() => Object.keys(sessionStorage).length)
  expect(stored).toBe(isObeyed ? 0 : 1)
  await open('/not-asked')
  await until(views, isObeyed ? ['/not-asked'] : ['/asked', '/not-asked'])
})
