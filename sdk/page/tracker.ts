/**
 * `window.rtpx` for code that is bundled: to be called at any time and anywhere.
 *
 * - Before `rtpx.js` is there, calls wait in its queue; on a server nothing happens.
 * - Nothing is thrown.
 */
import type { Rtpx } from '../tracker/types.ts'

type Call = [method: keyof Rtpx, ...args: unknown[]]
type Global = Partial<Rtpx> & { q?: Call[] }

const METHODS = ['emit', 'identify', 'optOut'] as const

/** What stands at `window.rtpx`; where nothing does, the queue the script looks for. */
function current(): Global {
  const page = window as { rtpx?: Global }
  if (!page.rtpx?.emit) {
    const stub: Global = page.rtpx ?? {}
    stub.q ??= []
    for (const method of METHODS) stub[method] = (...args: unknown[]) => void stub.q?.push([method, ...args])
    page.rtpx = stub
  }
  return page.rtpx as Global
}

function call(method: keyof Rtpx, ...args: unknown[]): void {
  if (typeof window === 'undefined') return
  try {
    const run = current()[method] as ((...args: unknown[]) => void) | undefined
    run?.(...args)
  } catch {
    // The page made window.rtpx its own, or unreadable: nothing is counted then, and nothing breaks.
  }
}

export const tracker: Rtpx = {
  emit: (type, fields) => call('emit', type, fields),
  identify: (playerId) => call('identify', playerId),
  optOut: (isOut) => call('optOut', isOut),
}
