/** Pages and sessions, as visitors make them. */
import { expect, test } from 'bun:test'
import { testEdge } from '@rtpx/edge/testing'
import { visitAlone } from '../testing/stage.ts'
import { theatre } from '../testing/theatre.ts'
import { until } from '../testing/until.ts'

const stage = theatre(() => testEdge({ now: Date.now }))

test('a first page is a session and a page view, with what the page tells', async () => {
  const { open, events, types, posts, heard, edge } = await stage({ '/shop': {} })
  const page = await open('/shop?from=mail#part')
  await until(types, ['page_view'])
  const [start, view] = events()
  expect(start).toMatchObject({ event_type: 'session_start', session_id: view?.session_id ?? '' })
  expect(view).toMatchObject({
    site_id: 'default',
    domain: '127.0.0.1',
    path: '/shop?from=mail',
    viewport_width: page.viewportSize()?.width ?? 0,
    viewport_height: page.viewportSize()?.height ?? 0,
  })
  for (const id of [view?.event_id, view?.session_id, start?.event_id])
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(new Set([view?.event_id, view?.session_id, start?.event_id]).size).toBe(3)
  expect(view).not.toHaveProperty('visitor_id')
  expect(view).not.toHaveProperty('metadata')
  // One request for both, and nothing is left behind in the browser but the session of this tab.
  expect(posts).toHaveLength(1)
  await until(() => page.evaluate(() => [document.cookie, ...Object.keys(localStorage)]), [''])
  expect(heard).toEqual({ warnings: [], errors: [] })
  expect(edge.stats.rejected.size).toBe(0)
})

test('a single-page application: each new address is a page view, led to by the one before', async () => {
  const { open, events, views, siteUrl } = await stage({ '/': {} })
  const page = await open('/')
  await page.evaluate(() => {
    history.pushState({ a: 1 }, '', '/list')
    history.replaceState(null, '', '/list')
    history.replaceState(null, '', '/list?sort=price')
    history.pushState(null, '', '#part')
    history.pushState(null, '', '/item/1')
  })
  await page.goBack()
  await until(views, ['/', '/list', '/list?sort=price', '/item/1', '/list?sort=price'])
  expect(await page.evaluate(() => [location.hash, history.state])).toEqual(['#part', null])
  const referrers = events().flatMap((event) => (event.event_type === 'page_view' ? [event.referrer] : []))
  expect(referrers).toEqual([
    undefined,
    `${siteUrl}/`,
    `${siteUrl}/list`,
    `${siteUrl}/list?sort=price`,
    `${siteUrl}/item/1`,
  ])
  expect(new Set(events().map(({ session_id }) => session_id)).size).toBe(1)
})

test('what the application asks of the history still answers as before, also with an error', async () => {
  const { open, types } = await stage({ '/': {} })
  const page = await open('/')
  const answers = await page.evaluate(() => {
    const answer = history.pushState({ kept: true }, '', '/next')
    try {
      history.pushState(null, '', 'https://elsewhere.example/')
    } catch (error) {
      return [answer, history.state, (error as Error).name, history.length]
    }
    return []
  })
  expect(answers).toEqual([undefined, { kept: true }, 'SecurityError', 3])
  await until(types, ['page_view', 'page_view'])
})

test('data-hash: the fragment is a part of the address', async () => {
  const { open, views } = await stage({
    '/': { tag: 'data-site="s" data-hash', body: '<a href="#/b">b</a>' },
  })
  const page = await open('/#/a')
  await page.click('a')
  await page.evaluate(() => {
    location.hash = '/c'
  })
  await page.goBack()
  await until(views, ['/#/a', '/#/b', '/#/c', '/#/b'])
})

test('a page taken out of the back-forward cache counts again', async () => {
  const { open, views, siteUrl } = await stage({ '/one': {}, '/two': { tag: null } })
  const page = await open('/one')
  await until(views, ['/one'])
  await page.evaluate(() => Object.assign(window, { isTheSamePage: true }))
  await page.goto(`${siteUrl}/two`)
  await page.goBack({ waitUntil: 'commit' })
  await until(views, ['/one', '/one'])
  expect(await page.evaluate(() => 'isTheSamePage' in window)).toBe(true)
})

test('a prerendered page counts when it is shown, and never when it is not', async () => {
  const rules = JSON.stringify({ prerender: [{ urls: ['/shown', '/unseen'], eagerness: 'immediate' }] })
  const early = `<script>addEventListener('load', () => {
    if (!document.prerendering) return
    rtpx.emit('early', { title: 'as it was' })
    fetch('/prerendered')
    document.addEventListener('prerenderingchange', () => rtpx.emit('shown'))
  })</script>`
  const next = "<script>setTimeout(() => document.querySelector('a').click(), 1500)</script>"
  const { siteUrl, requests, events, types, views } = await stage({
    '/': {
      head: `<script type="speculationrules">${rules}</script>`,
      body: `<a href="/shown">next</a>${next}`,
    },
    '/shown': { head: early },
    '/unseen': { head: early },
  })
  const leave = await visitAlone(`${siteUrl}/`)
  try {
    await until(() => types().toSorted(), ['early', 'page_view', 'page_view', 'shown'])
  } finally {
    await leave()
  }
  expect(views()).toEqual(['/', '/shown'])
  expect(requests.filter((path) => path === '/prerendered')).toHaveLength(2)
  expect(new Set(events().map(({ session_id }) => session_id)).size).toBe(1)
})

test('half an hour without an event ends the session; a reload does not, nor does a clock set back', async () => {
  const { open, events, types } = await stage({ '/': {} })
  const page = await open('/')
  await until(types, ['page_view'])
  await page.reload()
  await until(types, ['page_view', 'page_view'])
  const emitAfter = (minutes: number, type: string) =>
    page.evaluate(
      ([ms, name]) => {
        const now = Date.now()
        Date.now = () => now + ms
        window.rtpx.emit(name)
      },
      [minutes * 60_000, type] as const,
    )
  await emitAfter(29, 'within')
  await emitAfter(-20, 'back')
  await emitAfter(31 + 20, 'after')
  await until(() => new Set(types()), new Set(['page_view', 'within', 'back', 'after']))
  const sessionOf = (type: string) => events().find(({ event_type }) => event_type === type)?.session_id
  expect(sessionOf('within')).toBe(sessionOf('page_view'))
  expect(sessionOf('back')).toBe(sessionOf('page_view'))
  expect(sessionOf('after')).not.toBe(sessionOf('page_view'))
  expect(events().filter(({ event_type }) => event_type === 'session_start')).toHaveLength(2)
})
