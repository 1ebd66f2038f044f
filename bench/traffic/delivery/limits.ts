/** How senders load an edge: the most it takes in one request, and few requests at a time. */
import { MAX_BODY_BYTES, MAX_EVENTS } from '@rtpx/edge/intake/read-body'

export const MAX_BATCH_EVENTS = MAX_EVENTS
export const MAX_BATCH_BYTES = MAX_BODY_BYTES
/** Requests under way at the same time. */
export const BATCHES_AT_ONCE = 4
/** How long a batch is tried while the edge is busy or away. */
export const GIVE_UP_MS = 60_000
/** How long one attempt may take. */
export const ATTEMPT_MS = 15_000
