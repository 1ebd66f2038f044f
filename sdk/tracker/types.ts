/**
 * The types of `window.rtpx`, for sites written in TypeScript. Import this file and `fields.ts` for their types, or copy them.
 */
import type { EventFields, EventType } from './fields.ts'

/** What the script puts at `window.rtpx`. Nothing here ever throws. */
export interface Rtpx {
  /** Counts one event. */
  emit(type: EventType, fields?: EventFields): void
  /** Says who plays: later events of this page carry this player_id. Without an id, nobody does. */
  identify(player_id?: string | number | null): void
  /** Tracks nothing in this browser from now on and forgets what was kept; `optOut(false)` takes it back. */
  optOut(isOut?: boolean): void
}

declare global {
  interface Window {
    rtpx: Rtpx
  }
}
