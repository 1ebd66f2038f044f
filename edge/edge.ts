/** What the routes work with. */
import type { Publisher } from './batch/publisher.ts'
import type { HeaderReader } from './clients/address.ts'
import type { Judge } from './intake/read-event.ts'
import type { Gate } from './limits/gate.ts'
import type { RecentIds } from './limits/recent-ids.ts'
import type { RejectionReporter } from './rejections/reporter.ts'
import type { Site } from './sites/site.ts'
import type { EdgeStats } from './stats.ts'

export interface Edge {
  readonly judge: Judge
  readonly gate: Gate
  readonly publisher: Publisher
  readonly recent: RecentIds
  readonly rejections: RejectionReporter
  readonly stats: EdgeStats
  /** Partitions of the queue. */
  readonly partitions: number
  /** The client's address, from the socket's and the headers. */
  addressOf(socket: string | undefined, headers: HeaderReader): string | undefined
  /** The site a server's key belongs to. */
  siteOfServerKey(key: string): Site | undefined
  /** Whether a batch would be taken now. */
  isReady(): boolean
  /** Whether a client may read the metrics. */
  mayReadMetrics(address: string | undefined): boolean
  /** Told of what no route foresaw, before it is answered 500. */
  onFailure(error: unknown): void
  /** Every metric in Prometheus' text format. */
  metrics(): Promise<string>
}
