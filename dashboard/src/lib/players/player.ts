/** What the page of one player shows, as one plain value. */
import type { Finding } from '@rtpx/clickhouse/queries/integrity'
import type {
  PlayerLifecycle,
  PlayerPayment,
  PlayerSession,
  PlayerTouch,
  PlayerVisitor,
} from '@rtpx/clickhouse/queries/player-page'
import type { TimelineEvent } from '@rtpx/clickhouse/queries/player-timeline'

/** How an erasure of the player stands. */
interface ErasureView {
  readonly erasure_id: string
  readonly state: 'requested' | 'planned' | 'erased'
  readonly subject_hash: string
  readonly requested_by: string
  /** ms since 1970 */
  readonly requested_at: number
  readonly finished_at: number | null
  readonly rows: Readonly<Record<string, number>>
  readonly remains: readonly string[]
}

export interface PlayerReport {
  readonly site: { readonly site_id: string; readonly name: string; readonly time_zone: string }
  readonly today: string
  readonly player_id: string
  /** Null before the aggregator has told it. */
  readonly lifecycle: PlayerLifecycle | null
  readonly visitors: readonly PlayerVisitor[]
  readonly touches: readonly PlayerTouch[]
  readonly payments: readonly PlayerPayment[]
  readonly sessions: readonly PlayerSession[]
  readonly findings: readonly Finding[]
  readonly events: readonly TimelineEvent[]
  /** What `before` is for older events; null when these are the oldest. */
  readonly next: string | null
  readonly is_first_page: boolean
  readonly erasures: readonly ErasureView[]
  readonly may_manage: boolean
}
