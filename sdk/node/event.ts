/** An event as a server tells it. */
import type { EventFields, KnownFields } from '../tracker/fields.ts'

/** Fields that only a server may set, for the visitor it speaks of. */
export interface ServerFields extends KnownFields {
  source_ip?: string
  user_agent?: string
}

/** An event as it was sent. */
export type SentEvent = EventFields & { event_id: string; event_type: string }
