/** `@rtpx/node`: events from server to server. Node from 20 on, and Bun; no dependency. */
export type { EventFields, EventType, KnownFields } from '../tracker/fields.ts'
export { type Client, type ClientOptions, createClient, type Dropped } from './client.ts'
export type { SentEvent, ServerFields } from './event.ts'
export type { Rejected } from './post.ts'
