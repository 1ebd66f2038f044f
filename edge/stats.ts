/** What the edge counts about itself: plain numbers on the way of an event, turned into metrics only when somebody asks. */
import { BUILT_IN_TYPES } from '@rtpx/kafka/event'

export class EdgeStats {
  /** Accepted events by type; types of a site's own count together, because strangers can invent them. */
  readonly accepted = new Map<string, number>()
  /** Refused events by code, and requests answered 503 by code. */
  readonly rejected = new Map<string, number>()
  readonly unavailable = new Map<string, number>()
  /** Requests that were refused before they were read as events, by code. */
  readonly refused = new Map<string, number>()
  deduplicated = 0
  acceptedBytes = 0

  accept(eventType: string): void {
    increment(this.accepted, Object.hasOwn(BUILT_IN_TYPES, eventType) ? eventType : 'other')
  }

  reject(code: string): void {
    increment(this.rejected, code)
  }

  refuse(code: string): void {
    increment(this.refused, code)
  }

  turnAway(code: string): void {
    increment(this.unavailable, code)
  }
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
