/** Every event arrives once: whatever happens to the network, the edge, the tab or the browser. */
import { expect, test } from 'bun:test'
import { SinkError } from '@rtpx/edge/sinks/sink'
import { testEdge } from '@rtpx/edge/testing'
import type { Page } from 'playwright-core'
import { blockEvents } from '../testing/stage.ts'
import { theatre } from '../testing/theatre.ts'
import { until } from '../testing/until.ts'

const stage = theatre(() => testEdge({ now: Date.now, limits: { maxPendingBytes: 67_108_864 } }))

const emit = (page: Page, ...types: string[]) =>
  page.evaluate((names) => {
    for (const name of names) window.rtpx.emit(name)
  }, types)

const stored = (page: Page) =>
  page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('rtpx_batch')).length)

/** Ids in the bodies that reached the edge, also of what it had already. */
const sentIds = (posts: readonly string[]) =>
  posts.flatMap((body) =>
    body.split('\n').flatMap((line) => (line ? [(JSON.parse(line) as { event_id: string }).event_id] : [])),
  )

test('offline, then online', async () => {
  const { open, context, types, heard } = await stage({ '/': {} })
  const page = await open()
  await until(types, ['page_view'])
  await context.setOffline(true)
  await emit(page, 'a', 'b')
  await Bun.sleep(500)
  await emit(page, 'c')
  expect(types()).toEqual(['page_view'])
  await context.setOffline(false)
  await until(types, ['page_view', 'a', 'b', 'c'])
  await until(() => stored(page), 0)
  expect(heard.errors.filter((error) => error.startsWith('thrown'))).toEqual([])
})

test('offline, the tab closed, and the next visit brings it', async () => {
  const { open, context, types, siteUrl } = await stage({ '/': {} })
  const page = await open()
  await until(types, ['page_view'])
  await context.setOffline(true)
  await emit(page, 'a', 'b')
  await page.close()
  await context.setOffline(false)
  const next = await context.newPage()
  await next.goto(`${siteUrl}/`)
  await until(types, ['page_view', 'a', 'b', 'page_view'])
  await until(() => stored(next), 0)
})

test('the tab closed in the moment of the event', async () => {
  const { open, types, posts } = await stage({ '/': {} })
  const page = await open()
  await until(types, ['page_view'])
  await emit(page, 'a', 'b', 'c')
  await page.close({ runBeforeUnload: true })
  await until(types, ['page_view', 'a', 'b', 'c'])
  expect(sentIds(posts)).toHaveLength(5)
})

test('an event told while the page is leaving', async () => {
  const leaving = `<script>
    for (const event of ['pagehide', 'visibilitychange', 'unload'])
      addEventListener(event, () => rtpx.emit('on_' + event))
  </script>`
  const { open, types, siteUrl } = await stage({
    '/': { body: `<script defer src="SCRIPT" data-site="s"></script>${leaving}`, tag: null },
    '/other': { tag: null },
  })
  const page = await open()
  await until(types, ['page_view'])
  await page.goto(`${siteUrl}/other`)
  await until(() => types().includes('on_pagehide') && types().includes('on_visibilitychange'), true)
})

test('the tab crashes before anything was answered', async () => {
  const { open, context, types, siteUrl } = await stage({ '/': {} })
  const page = await open()
  await until(types, ['page_view'])
  const release = await blockEvents(context)
  await emit(page, 'a')
  await until(() => stored(page), 1)
  // The storage's own process writes it down in its own time.
  await Bun.sleep(200)
  await page.goto('chrome://crash').catch(() => undefined)
  await page.close()
  await release()
  const next = await context.newPage()
  await next.goto(`${siteUrl}/`)
  await until(types, ['page_view', 'a', 'page_view'])
})

test('a blocker fails every request: no error in the page, and all arrives when it lets go', async () => {
  const { open, context, types, heard, posts } = await stage({ '/': {} })
  const release = await blockEvents(context)
  const page = await open()
  await emit(page, 'a', 'b')
  await Bun.sleep(700)
  expect(posts).toEqual([])
  await release()
  await until(() => types().toSorted(), ['a', 'b', 'page_view'])
  expect(heard.errors.filter((error) => !error.includes('ERR_BLOCKED_BY_CLIENT'))).toEqual([])
})

test('an edge that answers 503 gets it again, under the same id', async () => {
  const { open, edge, types, posts } = await stage({ '/': {} })
  edge.sink.failure = new SinkError('queue_down', 'for a test', true)
  await open()
  await until(() => posts.length >= 2, true)
  edge.sink.failure = undefined
  await until(types, ['page_view'])
  expect(new Set(sentIds(posts)).size).toBe(2)
})

test('an answer lost on its way: sent twice, counted once', async () => {
  const { open, context, edge, types, events } = await stage({ '/': {} })
  let isLost = true
  await context.route('**/api/events', async (route) => {
    if (!isLost) return route.continue()
    isLost = false
    await route.fetch()
    return route.abort('connectionreset')
  })
  const page = await open()
  await until(() => edge.stats.deduplicated, 2)
  await until(() => stored(page), 0)
  expect(types()).toEqual(['page_view'])
  expect(events()).toHaveLength(2)
})

test('what the edge refuses is not sent again, and takes nothing else with it', async () => {
  const { open, types, edge, posts } = await stage({ '/': {} })
  const page = await open()
  await until(types, ['page_view'])
  await page.evaluate(() => {
    window.rtpx.emit('Bad Name')
    window.rtpx.emit('good')
  })
  await until(types, ['page_view', 'good'])
  await page.evaluate(() => window.rtpx.emit('deposit', { amount: -1 }))
  await until(() => edge.stats.rejected, new Map([['bad_field', 2]]))
  await until(() => stored(page), 0)
  await Bun.sleep(1_500)
  expect(posts).toHaveLength(3)
})

test('10,000 events in a loop arrive once each, in requests a browser grants', async () => {
  const { open, types, events, posts } = await stage({ '/': {} })
  const page = await open()
  await until(types, ['page_view'])
  await page.evaluate(() => {
    for (let index = 0; index < 10_000; index += 1) window.rtpx.emit('tick', { index })
  })
  await until(() => types().length, 10_001)
  const ticks = events().filter(({ event_type }) => event_type === 'tick')
  const indexes = new Set(
    ticks.map(({ metadata }) => (JSON.parse(metadata ?? '') as { index: number }).index),
  )
  expect(indexes.size).toBe(10_000)
  expect(new Set(events().map(({ event_id }) => event_id)).size).toBe(10_002)
  expect(Math.max(...posts.map((body) => Buffer.byteLength(body)))).toBeLessThan(65_536)
  await until(() => stored(page), 0)
})

test('characters of three bytes still fit into what a browser grants', async () => {
  const { open, types, posts } = await stage({ '/': {} })
  const page = await open()
  await until(types, ['page_view'])
  await page.evaluate(() => {
    for (let index = 0; index < 100; index += 1) window.rtpx.emit('tick', { text: '中'.repeat(1_000) })
  })
  await until(() => types().length, 101)
  expect(Math.max(...posts.map((body) => Buffer.byteLength(body)))).toBeLessThan(65_536)
})

test('a long time offline: what is kept in the browser is bounded, and the oldest is kept', async () => {
  const { open, context, types, siteUrl } = await stage({ '/': {} })
  const page = await open()
  await until(types, ['page_view'])
  await context.setOffline(true)
  await page.evaluate(() => {
    for (let index = 0; index < 5_000; index += 1) window.rtpx.emit('tick', { index })
  })
  await until(() => stored(page), 50)
  const characters = await page.evaluate(() => Object.values(localStorage).join('').length)
  expect(characters).toBeLessThan(500_000)
  await page.close()
  await context.setOffline(false)
  const next = await context.newPage()
  await next.goto(`${siteUrl}/`)
  await until(() => stored(next), 0)
  expect(types().length).toBeGreaterThan(1_000)
})

test('two tabs of a site send each other’s rest only once that counts', async () => {
  const { open, context, types } = await stage({ '/': {} })
  await context.setOffline(false)
  const release = await blockEvents(context)
  const [one, two] = [await open(), await open()]
  await emit(one, 'a')
  await emit(two, 'b')
  await Bun.sleep(300)
  await release()
  await until(() => types().toSorted(), ['a', 'b', 'page_view', 'page_view'])
  await until(() => stored(one), 0)
})

test.each([
  ['three days ahead', 3 * 86_400_000],
  ['a month behind', -30 * 86_400_000],
])('a clock %s: the event counts now or within a week, and both times are kept', async (_, skew) => {
  const { open, events, types } = await stage({
    '/': { head: `<script>{const now = Date.now; Date.now = () => now() + ${skew}}</script>` },
  })
  await open()
  await until(types, ['page_view'])
  const view = events().find(({ event_type }) => event_type === 'page_view')
  const claimed = (JSON.parse(view?.metadata ?? '{}') as { client_occurred_at: number }).client_occurred_at
  expect(Math.abs(claimed - Date.now() - skew)).toBeLessThan(60_000)
  const distance = (view?.occurred_at ?? 0) - Date.now()
  expect(distance).toBeLessThan(300_001)
  expect(distance).toBeGreaterThan(-7 * 86_400_000 - 60_000)
})
