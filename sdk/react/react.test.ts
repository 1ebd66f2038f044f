/** The React package under React 18 and 19: rendered on a server, taken over in Chromium under StrictMode, against a real edge. */
import { expect, test } from 'bun:test'
import { testEdge } from '@rtpx/edge/testing'
import { theatre } from '../testing/theatre.ts'
import { until } from '../testing/until.ts'
import { bundleWith } from './testing/bundle.ts'

const stage = theatre(() => testEdge({ now: Date.now }))

/** What the application renders under Node, without a browser's globals. */
async function renderOnServer(version: 18 | 19): Promise<{ html: string; said: string }> {
  const child = Bun.spawn(['node', '--input-type=module', '-'], {
    stdin: new TextEncoder().encode(await bundleWith(version, 'server.ts', 'node')),
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [html, said] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ])
  return { html: html.trim(), said }
}

test.each([18, 19] as const)(
  'React %i: rendered on a server, every click and hover once in the browser',
  async (version) => {
    const { html, said } = await renderOnServer(version)
    expect(said).toBe('')
    expect(html).toStartWith('<main>')
    const code = (await bundleWith(version, 'browser.ts', 'browser')).replaceAll('</script', '<\\/script')
    const { open, events, heard } = await stage({
      '/': {
        tag: null,
        body: `<div id="root" data-src="SCRIPT">${html}</div><script type="module">${code}</script>`,
      },
    })
    const page = await open()
    const told = () =>
      events().flatMap(({ event_type: type, metadata }) =>
        type === 'session_start' ? [] : [[type, ...Object.values(JSON.parse(metadata ?? '{}') as object)]],
      )
    await page.waitForFunction(() => 'rtpx' in window && document.querySelector('script[data-site=shop]'))
    await page.hover('#button')
    await until(told, [['page_view'], ['hover']])
    for (let click = 0; click < 4; click += 1) await page.click('#button')
    await page.click('#own')
    await page.click('#link')
    await page.click('#tracked')
    await page.click('#leave')
    const button = [0, 1, 2, 3].flatMap((clicks) => [
      ['button_click', clicks],
      ['click', 'button', 'button'],
    ])
    const isTold = [['page_view'], ['hover'], ...button, ['own'], ['click', 'link', 'a'], ['click']].map(
      String,
    )
    await until(() => told().map(String).toSorted(), isTold.toSorted())
    const [own, ...others] = events().toSorted(
      (a, b) => Number(b.event_type === 'own') - Number(a.event_type === 'own'),
    )
    expect(own).toMatchObject({ banner_tag: 'mine', player_id: 'p1' })
    for (const { event_type: type, ...event } of others)
      expect(event).toMatchObject({ player_id: 'p1', ...(/click|hover/.test(type) && { banner_tag: 'all' }) })
    expect(await page.textContent('#same')).toBe('true')
    expect(await page.locator('script[data-site]').count()).toBe(1)
    expect(heard).toEqual({ warnings: [], errors: [] })
  },
)
