/** What a client is made with, and what it does. */
import type { EventType } from '../tracker/fields.ts'
import type { SentEvent, ServerFields } from './event.ts'
import type { Rejected } from './post.ts'

export interface ClientOptions {
  /** Address of the edge, such as https://edge.example. */
  readonly url: string
  /** The site's server key. */
  readonly key: string
  /** How long events gather for a batch, ms; 50 when absent. */
  readonly lingerMs?: number
  /** Events of one request, at most 1,000; 500 when absent. */
  readonly maxBatchEvents?: number
  /** Events that may wait; 10,000 when absent. What comes after is dropped. */
  readonly maxQueuedEvents?: number
  /** Bytes that may wait; 32 MiB when absent. */
  readonly maxQueuedBytes?: number
  /** Requests from so many bytes on are sent as gzip; 4,096 when absent. */
  readonly gzipFromBytes?: number
  /** How long one request may take, ms; 10,000 when absent. */
  readonly timeoutMs?: number
  /** The edge refused an event for good. */
  readonly onRejected?: (event: SentEvent, why: Rejected) => void
  /** An event never reached the edge: the queue was full, it was told after `close`, or it cannot be written as JSON of 64 KiB. */
  readonly onDropped?: (event: SentEvent, why: Dropped) => void
  /** Another fetch, for a proxy. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>
}

export type Dropped = 'queue_full' | 'closed' | 'unsendable'

export interface Client {
  /** Takes an event. Never throws and never waits. @returns its event_id, or undefined when it was dropped */
  emit(type: EventType, fields?: ServerFields & Record<string, unknown>): string | undefined
  /** Sends what waits now. Resolves when the edge has judged it all, however long it is away. */
  flush(): Promise<void>
  /**
   * Takes nothing more and sends the rest. @param timeoutMs how long that may take; 10,000 when absent
   * @returns how many events could not be sent
   */
  close(timeoutMs?: number): Promise<number>
  /** Events that the edge has not judged yet. */
  readonly pending: number
}
