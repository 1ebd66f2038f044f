/** What the routes work with: how events are judged, and the way to durability. */
import type { Publisher } from './batch/publisher.ts'
import type { Judge } from './intake/read-event.ts'
import type { Site } from './sites/site.ts'

export interface Edge {
  readonly judge: Judge
  readonly publisher: Publisher
  /** Partitions of the queue. */
  readonly partitions: number
  /** The site a server's key belongs to. */
  siteOfServerKey(key: string): Site | undefined
  /** Whether a batch would be taken now. */
  isReady(): boolean
}
