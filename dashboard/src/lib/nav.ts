/** The dashboard's pages, in the order the navigation shows them. Moving between them keeps the site and the range. */
import type { Permission } from './permission.ts'

export interface NavEntry {
  readonly href: `/${string}`
  readonly label: string
  /** Who may open it. */
  readonly permission: Permission
}

export const NAV: readonly NavEntry[] = [
  { href: '/', label: 'Overview', permission: 'read' },
  { href: '/realtime', label: 'Realtime', permission: 'read' },
  { href: '/campaigns', label: 'Campaigns', permission: 'read' },
  { href: '/pages', label: 'Pages', permission: 'players' },
  { href: '/funnels', label: 'Funnels', permission: 'read' },
  { href: '/retention', label: 'Retention', permission: 'read' },
  { href: '/players', label: 'Players', permission: 'players' },
  { href: '/quality', label: 'Quality', permission: 'players' },
  { href: '/alerts', label: 'Alerts', permission: 'players' },
  { href: '/boards', label: 'Boards', permission: 'sql' },
  { href: '/sql', label: 'SQL', permission: 'sql' },
  { href: '/status', label: 'Status', permission: 'read' },
]

const KEPT = ['site', 'range', 'from', 'to']

/** Another page about the same site and range. */
export function navHref(href: string, search: string): string {
  const kept = [...new URLSearchParams(search)].filter(([name]) => KEPT.includes(name))
  return kept.length ? `${href}?${new URLSearchParams(kept)}` : href
}
