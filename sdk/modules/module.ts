/** What the modules share: a script beside `rtpx.js` that tells it of more. */
import { guard } from '../tracker/safe.ts'
import type { Rtpx } from '../tracker/types.ts'

type Emit = Rtpx['emit']
type Call = ['emit', ...Parameters<Emit>]

/** What stands at `window.rtpx`, be the core there or not; `with` has the names of the modules that run. */
type Global = Partial<Rtpx> & { q?: Call[]; with?: Record<string, boolean> }

/** As many calls wait for a core that may never come. */
const MOST = 999

/**
 * Runs a module once a page, however many copies are there, and in whatever order it and the core come: what it tells before
 * waits in the core's own queue. Whether this browser may be tracked is judged there, too.
 */
export const startModule = (name: string, start: (emit: Emit) => void) =>
  guard(() => {
    // biome-ignore lint/suspicious/noAssignInExpressions: the shorter way
    const api = ((window as { rtpx?: Global }).rtpx ??= {})
    // biome-ignore lint/suspicious/noAssignInExpressions: the shorter way
    const running = (api.with ??= {})
    if (running[name]) return
    running[name] = true
    start((type, fields) => {
      if (api.emit) return api.emit(type, fields)
      // biome-ignore lint/suspicious/noAssignInExpressions: the shorter way
      const queue = (api.q ??= [])
      if (queue.length < MOST) queue.push(['emit', type, fields])
    })
  })()
