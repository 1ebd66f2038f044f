/**
 * `rtpx-scroll.js`: how far down a page was seen counts as `scroll_depth`, with `depth` 25, 50, 75 and 100: percent of the
 * page's height that came into view, each once a page, and from the first scrolling on.
 */
import { guard } from '../tracker/safe.ts'
import { startModule } from './module.ts'

/** Browsers scroll to fractions of a pixel. */
const TOLERANCE_PX = 2

startModule('scroll', (emit) => {
  let page = ''
  let reached = 0
  let isAwaited = false
  const look = guard(() => {
    isAwaited = false
    const here = location.pathname + location.search
    if (here !== page) reached = 0
    page = here
    const seen = (scrollY + innerHeight + TOLERANCE_PX) / document.documentElement.scrollHeight
    const depth = Math.min(Math.floor(seen * 4) * 25, 100)
    while (reached < depth) {
      reached += 25
      emit('scroll_depth', { depth: reached })
    }
  })
  addEventListener(
    'scroll',
    () => {
      // At most once a frame: the question makes the page lay out.
      if (!isAwaited) requestAnimationFrame(look)
      isAwaited = true
    },
    { passive: true },
  )
})
