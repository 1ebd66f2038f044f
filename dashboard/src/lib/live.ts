/** The open page's line to the server: the overview again each second, or why not. */
import type { Overview, Trouble } from './overview.ts'
import { startPoll } from './poll.ts'

/** The server answered, but without an overview. */
class TroubleError extends Error {
  constructor(readonly trouble: Trouble) {
    super(trouble.title)
  }
}

const UNREACHABLE: Trouble = {
  code: 'clickhouse_unreachable',
  title: 'The dashboard does not answer',
  detail: 'This page asks again by itself.',
}

export interface LiveOptions {
  /** The page's query, which says what to ask for. */
  readonly search: string
  /** An answer; undefined when nothing changed since the last. */
  readonly onOverview: (overview: Overview | undefined) => void
  readonly onTrouble: (trouble: Trouble) => void
}

/** A request that takes longer than this has failed. */
const TIMEOUT_MS = 12_000

/** Follows the overview while the page is visible. @returns how to stop */
export function followOverview({ search, onOverview, onTrouble }: LiveOptions): () => void {
  let etag: string | undefined
  const poll = startPoll<Overview | undefined>({
    ask: async (signal) => {
      const response = await fetch(`/api/overview${search}`, {
        cache: 'no-store',
        headers: etag ? { 'if-none-match': etag } : {},
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      })
      if (response.status === 304) return undefined
      if (!response.ok) throw new TroubleError(await response.json())
      const overview: Overview = await response.json()
      etag = response.headers.get('etag') ?? undefined
      return overview
    },
    onAnswer: onOverview,
    onFailure: (error) => onTrouble(error instanceof TroubleError ? error.trouble : UNREACHABLE),
    isVisible: () => document.visibilityState === 'visible',
    later: (run, delayMs) => {
      const timer = setTimeout(run, delayMs)
      return () => clearTimeout(timer)
    },
  })
  document.addEventListener('visibilitychange', poll.visibilityChanged)
  addEventListener('online', poll.visibilityChanged)
  return () => {
    document.removeEventListener('visibilitychange', poll.visibilityChanged)
    removeEventListener('online', poll.visibilityChanged)
    poll.stop()
  }
}
