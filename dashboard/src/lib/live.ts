/** What open pages follow: the overview, or a site's newest arrivals. */
import type { Arrivals } from './arrivals.ts'
import { followLive } from './live/follow-live.ts'
import type { Overview, Trouble } from './overview.ts'

export interface LiveOptions {
  /** The page's query, which says what to ask for. */
  readonly search: string
  /** An answer; undefined when nothing changed since the last. */
  readonly onOverview: (overview: Overview | undefined) => void
  readonly onTrouble: (trouble: Trouble) => void
}

/** Follows the overview while the page is visible. @returns how to stop */
export const followOverview = ({ search, onOverview, onTrouble }: LiveOptions): (() => void) =>
  followLive<Overview>({ name: 'overview', search, onAnswer: onOverview, onTrouble })

/** Follows what arrives for a site while the page is visible. @returns how to stop */
export const followArrivals = (
  site_id: string,
  onArrivals: (arrivals: Arrivals) => void,
  onTrouble: (trouble: Trouble) => void,
): (() => void) =>
  followLive<Arrivals>({
    name: 'arrivals',
    search: `?${new URLSearchParams({ site: site_id })}`,
    onAnswer: (arrivals) => arrivals && onArrivals(arrivals),
    onTrouble,
  })
