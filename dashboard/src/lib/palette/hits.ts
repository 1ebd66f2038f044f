/** What the server finds by name, and where each of it is. Names come from outside: text, and values of a query, never more. */
import type { Group } from '@rtpx/clickhouse/segments/segment'
import { navHref } from '#lib/nav.ts'
import { playerHref } from '#lib/players/list.ts'
import { hrefWith } from '#lib/url.ts'

export const HIT_KINDS = [
  { kind: 'view', label: 'Saved views' },
  { kind: 'banner', label: 'Banners' },
  { kind: 'player', label: 'Players' },
  { kind: 'segment', label: 'Segments' },
  { kind: 'statement', label: 'Saved statements' },
  { kind: 'board', label: 'Boards' },
] as const
export type HitKind = (typeof HIT_KINDS)[number]['kind']

export interface Hit {
  readonly kind: HitKind
  /** A banner's or a player's is its name. */
  readonly id: string
  readonly name: string
  /** A few words beside the name. */
  readonly about: string
  /** A segment's definition. */
  readonly definition?: Group
  /** Where a saved view leads. */
  readonly href?: string
}

export interface Found {
  readonly hits: readonly Hit[]
  /** What could not be looked through in time. */
  readonly missing: readonly HitKind[]
}

/** Where a hit is; the site and the range stay. */
export function hitHref({ kind, id, definition, href }: Hit, site_id: string, search: string): string {
  const to = (path: string, change: Record<string, string> = {}) => {
    const [, kept = ''] = navHref(path, search).split('?')
    return path + hrefWith({ search: `?${kept}` }, { site: site_id, ...change })
  }
  if (kind === 'view') return href ?? '/'
  if (kind === 'banner') return to('/', { banner: id })
  if (kind === 'player') return playerHref(id, site_id)
  if (kind === 'segment') return to('/players', { segment: JSON.stringify(definition) })
  if (kind === 'statement') return to('/sql', { query: id })
  return to(`/boards/${encodeURIComponent(id)}`)
}
