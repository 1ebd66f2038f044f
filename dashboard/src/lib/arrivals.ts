/** What the install screen shows of what came just now. */
import type { Arrival } from '@rtpx/clickhouse/queries/arrivals'

export interface Arrivals {
  /** Whether the site has ever received an event. */
  readonly has_events: boolean
  /** Newest first. */
  readonly latest: readonly Arrival[]
}

/** Whether an arrival counts, in words. */
export function verdictOf({ reason, field, is_bot }: Arrival): { counts: boolean; words: string } {
  if (reason === '') return { counts: true, words: is_bot ? 'Counts, marked as a bot' : 'Counts' }
  return { counts: false, words: `Does not count: ${reason.replaceAll('_', ' ')}${field && ` (${field})`}` }
}
