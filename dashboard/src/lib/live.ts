/** What open pages follow besides their own question: a site's newest arrivals. */
import type { Arrivals } from './arrivals.ts'
import { followLive } from './live/follow-live.ts'
import type { Trouble } from './overview.ts'

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
