/** What open pages follow: the overview, or a site's newest arrivals. */
import type { Arrivals } from './arrivals.ts'
import { follow, TroubleError } from './follow.ts'
import type { Overview, Trouble } from './overview.ts'

export interface LiveOptions {
  /** The page's query, which says what to ask for. */
  readonly search: string
  /** An answer; undefined when nothing changed since the last. */
  readonly onOverview: (overview: Overview | undefined) => void
  readonly onTrouble: (trouble: Trouble) => void
}

/** Follows the overview while the page is visible. @returns how to stop */
export function followOverview({ search, onOverview, onTrouble }: LiveOptions): () => void {
  let etag: string | undefined
  return follow<Overview | undefined>({
    ask: async (signal) => {
      const response = await fetch(`/api/overview${search}`, {
        cache: 'no-store',
        headers: etag ? { 'if-none-match': etag } : {},
        signal,
      })
      if (response.status === 304) return undefined
      if (!response.ok) throw new TroubleError(await response.json())
      const overview: Overview = await response.json()
      etag = response.headers.get('etag') ?? undefined
      return overview
    },
    onAnswer: onOverview,
    onTrouble,
  })
}

/** Follows what arrives for a site while the page is visible. @returns how to stop */
export function followArrivals(
  site_id: string,
  onArrivals: (arrivals: Arrivals) => void,
  onTrouble: (trouble: Trouble) => void,
): () => void {
  return follow<Arrivals>({
    ask: async (signal) => {
      const response = await fetch(`/api/arrivals?site=${encodeURIComponent(site_id)}`, {
        cache: 'no-store',
        signal,
      })
      if (!response.ok) throw new TroubleError(await response.json())
      return response.json()
    },
    onAnswer: onArrivals,
    onTrouble,
  })
}
