/**
 * `rtpx-outbound.js`: a click on a link that leads to another host counts as `outbound_click`, with the link's `url`.
 *
 * - Also the middle button's, also inside an open shadow tree, also where the page stops the event.
 * - Links without http, such as mailto, do not count.
 */
import { guard } from '../tracker/safe.ts'
import { startModule } from './module.ts'

startModule('outbound', (emit) => {
  const tell = guard((event: MouseEvent) => {
    if (event.button > 1) return
    // Only links have a protocol; of two around each other, the inner one is followed.
    for (const { protocol, host, href } of event.composedPath() as unknown as HTMLAnchorElement[])
      if (typeof protocol === 'string') {
        if (/^http/.test(protocol) && host !== location.host)
          emit('outbound_click', { url: href.slice(0, 2000) })
        return
      }
  })
  for (const type of ['click', 'auxclick'] as const) addEventListener(type, tell, true)
})
