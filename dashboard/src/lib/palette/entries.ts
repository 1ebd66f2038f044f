/** What the palette knows without asking: pages, sites, ranges, and what can be done on the page. */
import { NAV, navHref } from '#lib/nav.ts'
import { roleMay } from '#lib/permission.ts'
import { PRESETS } from '#lib/presets.ts'
import type { Shell } from '#lib/shell.ts'
import { hrefWith } from '#lib/url.ts'
import { siteHref } from './site-href.ts'

export interface Entry {
  readonly id: string
  readonly label: string
  /** What else it is found by. */
  readonly words?: string
  /** A few words beside the label. */
  readonly about?: string
  /** The key that does the same without the palette. */
  readonly key?: string
  /** Where it leads; without one, it does something. */
  readonly href?: string
  readonly run?: () => void
}

export interface EntryGroup {
  readonly label: string
  readonly entries: readonly Entry[]
}

const PLACES = [
  { href: '/install', label: 'Install', permission: 'players', words: 'pixel script tag checker' },
  { href: '/report', label: 'Weekly report', permission: 'players', words: 'print a4 mail' },
  { href: '/settings', label: 'Settings', permission: 'read', words: 'account profile' },
  {
    href: '/settings/security',
    label: 'Password and security',
    permission: 'read',
    words: 'two-factor settings',
  },
  {
    href: '/settings/sites',
    label: 'Sites and domains',
    permission: 'manage',
    words: 'time zone retention ip settings',
  },
  {
    href: '/settings/members',
    label: 'Members',
    permission: 'manage',
    words: 'invite people roles settings',
  },
  { href: '/settings/keys', label: 'API keys', permission: 'manage', words: 'settings' },
  {
    href: '/settings/links',
    label: 'Shared links',
    permission: 'edit',
    words: 'embed public iframe settings',
  },
  { href: '/settings/audit', label: 'Audit log', permission: 'manage', words: 'settings history' },
  {
    href: '/sql/connect',
    label: 'Connect your own tool',
    permission: 'sql',
    words: 'sql login grafana metabase dbeaver',
  },
] as const

/** Pages the role may open; the site and the range stay. */
export const pageEntries = ({ role }: Shell, search: string): EntryGroup => ({
  label: 'Pages',
  entries: [...NAV.map((page) => ({ ...page, words: '' })), ...PLACES]
    .filter(({ permission }) => roleMay(role, permission))
    .map(({ href, label, words }) => ({ id: `page ${href}`, label, words, href: navHref(href, search) })),
})

/** The caller's sites, the first nine with their keys. */
export const siteEntries = ({ sites, site }: Shell, search: string): EntryGroup => ({
  label: 'Sites',
  entries:
    sites.length < 2
      ? []
      : sites.map(({ site_id, name }, at) => ({
          id: `site ${site_id}`,
          label: name || site_id,
          words: site_id,
          href: siteHref(site_id, search),
          ...(site_id === site.site_id && { about: 'shown now' }),
          ...(at < 9 && { key: String(at + 1) }),
        })),
})

/** The date picker's ranges. */
export const rangeEntries = (search: string): EntryGroup => ({
  label: 'Date ranges',
  entries: PRESETS.map(({ key, label, shortcut }) => ({
    id: `range ${key}`,
    label,
    words: 'date range days',
    key: shortcut,
    href: hrefWith({ search }, { range: key, from: null, to: null }),
  })),
})
