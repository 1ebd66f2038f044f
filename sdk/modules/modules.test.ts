/** The modules in Chromium, on a page with a strict content security policy, against a real edge. */
import { expect, test } from 'bun:test'
import { testEdge } from '@rtpx/edge/testing'
import { theatre } from '../testing/theatre.ts'
import { until } from '../testing/until.ts'

const stage = theatre(() => testEdge({ now: Date.now }))

/** A page with the tracker and some modules, in that order or with the tracker last. */
async function pageWith(modules: string[], body: string, isCoreLast = false) {
  const pages: Record<string, { headers: Record<string, string>; head: string; body: string; tag: null }> = {}
  const set = await stage(pages)
  const tags = [
    `<script defer src="${set.script}" data-site="shop"></script>`,
    ...modules.map((name) => `<script defer src="${set.edgeUrl}/rtpx-${name}.js"></script>`),
  ]
  pages['/'] = {
    headers: {
      'content-security-policy': `default-src 'none'; script-src ${set.edgeUrl}; connect-src ${set.edgeUrl}; img-src data:; form-action 'self'; require-trusted-types-for 'script'`,
    },
    head: (isCoreLast ? tags.reverse() : tags).join(''),
    body,
    tag: null,
  }
  pages['/next'] = { headers: {}, head: '', body: '', tag: null }
  const told = () =>
    set
      .events()
      .flatMap(({ event_type: type, metadata }) =>
        /session_start|page_view/.test(type) ? [] : [[type, JSON.parse(metadata ?? '{}') as unknown]],
      )
  return { ...set, told }
}

test('outbound: links to other hosts count, others and other clicks do not', async () => {
  const { open, told, edgeUrl, heard } = await pageWith(
    ['outbound'],
    `<a id="in" href="#here">in</a> <a id="mail" href="mailto:a@b.test">mail</a> <button>none</button>
     <a id="out" href="EDGE/health?x=1"><b>out</b></a> <a id="new" target="_blank" href="EDGE/health/live">new</a>`,
  )
  const page = await open()
  await page.evaluate((edge) => {
    for (const link of document.links) link.href = link.href.replace(/^.*EDGE/, edge)
  }, edgeUrl)
  await page.click('button')
  await page.click('#in')
  await page.click('#new', { button: 'middle' })
  await page.click('#out b')
  await until(told, [
    ['outbound_click', { url: `${edgeUrl}/health/live` }],
    ['outbound_click', { url: `${edgeUrl}/health?x=1` }],
  ])
  expect(heard.errors.filter((error) => error.includes('thrown'))).toEqual([])
})

test('hover: a pointer that rests counts once, one that passes does not', async () => {
  const { open, told, heard } = await pageWith(
    ['hover'],
    `<p data-rtpx-hover="passed">passed</p><p data-rtpx-hover="price" data-rtpx-banner-tag="b1" data-rtpx-plan="pro"><b>rest</b> <i>here</i></p><p id="away">away</p>`,
    true,
  )
  const page = await open()
  await page.hover('[data-rtpx-hover=passed]')
  await page.hover('#away')
  await page.hover('b')
  await Bun.sleep(600)
  await page.hover('i')
  await Bun.sleep(600)
  await page.hover('#away')
  await until(told, [['hover', { element: 'price', plan: 'pro' }]])
  expect(heard).toEqual({ warnings: [], errors: [] })
})

test('scroll: each quarter once a page, and again on the next one', async () => {
  const { open, told, heard } = await pageWith(['scroll'], '<canvas width="10" height="9000"></canvas>')
  const page = await open()
  const scrollDown = (share: number) =>
    page.evaluate((share) => window.scrollTo(0, document.documentElement.scrollHeight * share), share)
  await scrollDown(0.3)
  await until(() => told().length, 1)
  await scrollDown(0.1)
  await scrollDown(1)
  const depths = [25, 50, 75, 100].map((depth) => ['scroll_depth', { depth }])
  await until(told, depths)
  await page.evaluate(() => history.pushState(null, '', '/other'))
  await scrollDown(0.3)
  await until(told, [...depths, ...depths.slice(0, 1)])
  expect(heard).toEqual({ warnings: [], errors: [] })
})

test('forms: which form was sent and where to, never what was in it, whatever its fields are called', async () => {
  const { open, events, told } = await pageWith(
    ['forms'],
    `<form id="signup" action="/next?campaign=x" method="get"><input name="password" value="secret-1">
     <input name="id" value="secret-2"><input name="action" value="secret-3"><input name="getAttribute" value="secret-4">
     <button>send</button></form>`,
  )
  const page = await open()
  await page.evaluate(() => document.querySelector('button')?.click())
  await until(told, [['form_submit', { form: 'signup', action: '/next' }]])
  expect(JSON.stringify(events().filter(({ event_type }) => event_type === 'form_submit'))).not.toContain(
    'secret',
  )
})

test('two copies of a module count once, and one without the tracker hurts nobody', async () => {
  const twice = await pageWith(['outbound', 'outbound'], '<a href="http://other.test/">out</a>', true)
  const page = await twice.open()
  await page.evaluate(() => document.links[0]?.addEventListener('click', (event) => event.preventDefault()))
  await page.click('a')
  await until(twice.told, [['outbound_click', { url: 'http://other.test/' }]])
  await Bun.sleep(300)
  expect(twice.told()).toHaveLength(1)
  await page.evaluate(() => window.rtpx.optOut())
  await page.click('a')
  await Bun.sleep(400)
  expect(twice.told()).toHaveLength(1)
  expect(twice.heard).toEqual({ warnings: [], errors: [] })
})
