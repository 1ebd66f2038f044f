/** `@rtpx/node`: events from server to server. Node from 20 on, and Bun; no dependency. */
export type { EventFields, EventType, KnownFields } from '../tracker/fields.ts'
export { createClient } from './client.ts'
export type { SentEvent, ServerFields } from './event.ts'
export type { Client, ClientOptions, Dropped } from './options.ts'
export type { Rejected } from './post.ts'
