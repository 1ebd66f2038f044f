/**
 * `rtpx.js`: what a site pastes. Page views, sessions, clicks and the site's own events, on their way to the edge.
 *
 * - Nothing is thrown into the page, whatever is passed in and whatever the page did to the browser's own objects.
 * - Two copies on a page count once: the second does nothing.
 * - A page that is prerendered counts when it is shown.
 * - No cookie, no eval, no inline code, no dependency.
 */
import { adopt, flush } from './delivery.ts'
import { identify, record, recordPage } from './record.ts'
import { guard, isSilent, local, tab, whenShown } from './safe.ts'
import { tag } from './tag.ts'
import type { Rtpx } from './types.ts'

type Call = [method: keyof Rtpx, ...args: unknown[]]

/** `window.rtpx`: the page's one-line stub leaves an array of calls in `q`; it has a `pop`, ours does not. */
type Global = Partial<Rtpx> & { q?: { push(call: Call): unknown; pop?: unknown } }

guard(() => {
  // biome-ignore lint/suspicious/noAssignInExpressions: the shorter way
  const api = ((window as { rtpx?: Global }).rtpx ??= {})
  if (api.q && !api.q.pop) return

  api.emit = record
  api.identify = identify
  api.optOut = guard((isOut = true) => {
    // Opens the storage.
    isSilent()
    for (const key in local) if (key.startsWith('rtpx_')) delete local[key]
    delete tab.rtpx_session
    if (isOut) local.rtpx_optout = '1'
    flush()
  })
  const push = ([method, first, second]: Call) => api[method]?.(first as never, second as never)
  ;(api.q as Call[])?.forEach(push)
  // A page may hold on to the stub's functions: what they put into the queue is taken at once.
  api.q = { push }

  whenShown(() => {
    for (const event of ['visibilitychange', 'pagehide', 'online']) addEventListener(event, flush)
    addEventListener(
      'click',
      guard(({ target }: Event) => {
        const fields: Record<string, string> = {}
        const element = (target as Element).closest('[data-rtpx-event]') as Element
        for (const { name, value } of element.attributes)
          if (name.startsWith('data-rtpx-')) fields[name.slice(10).replace(/-/g, '_')] = value
        record(fields.event as string, fields)
      }),
      true,
    )
    // After the page's own scripts: what follows opens storage, makes the page lay out, and is not needed to lose nothing.
    setTimeout(
      guard(() => {
        if (!tag.dataset.site) console.warn('rtpx: no data-site')
        for (const event of ['popstate', 'pageshow']) addEventListener(event, recordPage)
        recordPage()
        adopt()
        for (const method of ['pushState', 'replaceState'] as const) {
          const original = history[method]
          history[method] = (...args) => {
            original.apply(history, args)
            recordPage()
          }
        }
      }),
    )
  })
})()
