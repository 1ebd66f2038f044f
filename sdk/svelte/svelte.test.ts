/** The attachment in a Svelte 5 application: rendered on a server, taken over in Chromium, against a real edge. */
import { expect, test } from 'bun:test'
import { testEdge } from '@rtpx/edge/testing'
import { theatre } from '../testing/theatre.ts'
import { until } from '../testing/until.ts'
import { bundle } from './testing/bundle.ts'

const stage = theatre(() => testEdge({ now: Date.now }))

test('rendered on a server, and every action counts once, with fields as they are then', async () => {
  const child = Bun.spawn(['node', '--input-type=module', '-'], {
    stdin: new TextEncoder().encode(await bundle('server.ts', 'node')),
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [html, said] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ])
  expect(said).toBe('')
  expect(html).toContain('<button id="button"')
  const code = (await bundle('browser.ts', 'browser')).replaceAll('</script', '<\\/script')
  const { open, events, heard } = await stage({
    '/': {
      tag: null,
      body: `<div id="root" data-src="SCRIPT">${html}</div><script type="module">${code}</script>`,
    },
  })
  const page = await open()
  await page.click('#button')
  await page.click('#button')
  await page.hover('#hover')
  await Bun.sleep(600)
  await page.click('#send')
  await page.click('#gone')
  await page.click('#toggle')
  const told = () =>
    events().flatMap(({ event_type: type, metadata }) =>
      type === 'session_start'
        ? []
        : [[type, ...Object.values(JSON.parse(metadata ?? '{}') as object)].join()],
    )
  await until(
    () => told().toSorted(),
    ['button_click,0', 'button_click,1', 'click', 'form_submit,signup', 'hover', 'page_view'],
  )
  for (const event of events()) expect(event.player_id).toBe('p1')
  expect(JSON.stringify(events())).not.toContain('secret')
  expect(heard).toEqual({ warnings: [], errors: [] })
})
