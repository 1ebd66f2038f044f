/** What the page of players shows, as one plain value. */
import type { PlayerOrder, PlayerRow } from '@rtpx/clickhouse/queries/player-list'
import type { Group } from '@rtpx/clickhouse/segments/segment'

/** The API's page of players. */
export interface PlayerPage {
  /** How many match. */
  readonly total: number
  /** How many match, by stage. */
  readonly stages: Readonly<Record<string, number>>
  readonly players: readonly PlayerRow[]
  /** What `after` is for the next page; null on the last one. */
  readonly next: string | null
}

export interface Suggestions {
  readonly banners: readonly string[]
  readonly countries: readonly string[]
  readonly devices: readonly string[]
  readonly currencies: readonly string[]
}

/** A segment that somebody of the organization saved. */
export interface SavedSegment {
  readonly id: string
  readonly site_id: string
  readonly name: string
  readonly definition: Group
  readonly created_by: string
  /** ms since 1970 */
  readonly created_at: number
  readonly updated_at: number
}

/** A saved segment with how many players are in it now; null where that could not be told in time. */
export interface CountedSegment extends SavedSegment {
  readonly players: number | null
}

export interface PlayersReport extends PlayerPage {
  readonly site: { readonly site_id: string; readonly name: string; readonly time_zone: string }
  readonly today: string
  readonly search: string
  readonly segment: Group
  /** Whether players of known bots are among them. */
  readonly with_bots: boolean
  /** Why the segment of the URL was not taken; everybody is shown then. */
  readonly refused: string | null
  readonly order: PlayerOrder
  readonly descending: boolean
  readonly is_first_page: boolean
  readonly suggestions: Suggestions
  readonly saved: readonly SavedSegment[]
  readonly may_edit: boolean
}

/** The page of one player. A name of `.` or `..` cannot stand in a path. */
export function playerHref(player_id: string, site_id: string): string {
  const site = `site=${encodeURIComponent(site_id)}`
  return /^\.{1,2}$/.test(player_id)
    ? `/players/_?${site}&player_id=${player_id}`
    : `/players/${encodeURIComponent(player_id)}?${site}`
}
