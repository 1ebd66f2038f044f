/** What the page of page analytics shows, as one plain value, and what its URL can ask. */
import type { PageFilters, PageNumbers } from '@rtpx/clickhouse/queries/pages'
import type { Site } from './overview.ts'
import type { ChosenRange } from './range.ts'
import type { UrlChange } from './url.ts'

export type { PageFilters, PageNumbers }

/** What the numbers can be broken down by; the key is `by=` in the URL. */
export const BREAKDOWNS = [
  { key: 'page', label: 'Pages', one: 'page' },
  { key: 'entry', label: 'Entry pages', one: 'entry page' },
  { key: 'exit', label: 'Exit pages', one: 'exit page' },
  { key: 'domain', label: 'Domains', one: 'domain' },
  { key: 'referrer', label: 'Referrers', one: 'referrer' },
  { key: 'source', label: 'Sources', one: 'source' },
  { key: 'campaign', label: 'Campaigns', one: 'campaign' },
  { key: 'banner', label: 'Banners', one: 'banner' },
  { key: 'country', label: 'Countries', one: 'country' },
  { key: 'device', label: 'Devices', one: 'device' },
  { key: 'browser', label: 'Browsers', one: 'browser' },
  { key: 'os', label: 'Systems', one: 'system' },
] as const
export type BreakdownKey = (typeof BREAKDOWNS)[number]['key']

/** The dimensions that narrow the page, as they are called in the URL, in the order their pills stand. */
export const FILTERS = [
  { key: 'domain', label: 'Domain', none: 'unknown' },
  { key: 'page', label: 'Page', none: 'unknown' },
  { key: 'channel', label: 'Channel', none: 'unknown' },
  { key: 'source', label: 'Source', none: 'direct' },
  { key: 'banner', label: 'Banner', none: 'no banner' },
  { key: 'country', label: 'Country', none: 'unknown' },
  { key: 'device', label: 'Device', none: 'unknown' },
  { key: 'browser', label: 'Browser', none: 'unknown' },
  { key: 'os', label: 'System', none: 'unknown' },
] as const satisfies readonly { key: keyof PageFilters; label: string; none: string }[]

/** The filters a URL names; an empty text asks for what is unknown or absent. */
export function filtersOf(get: (name: string) => string | null): PageFilters {
  const given = FILTERS.map(({ key }) => [key, get(key)] as const).filter(([, value]) => value !== null)
  return Object.fromEntries(given)
}

export const isBreakdown = (key: string | null): key is BreakdownKey =>
  BREAKDOWNS.some((breakdown) => breakdown.key === key)

/** What Escape takes away; undefined without filters. */
export const withoutFilters = (filters: PageFilters): UrlChange | undefined =>
  Object.keys(filters).length === 0
    ? undefined
    : Object.fromEntries(Object.keys(filters).map((name) => [name, null]))

/** One row of a breakdown: what it is called in each of its columns, and its numbers. */
export interface PageRow extends PageNumbers {
  readonly names: Readonly<Record<string, string>>
}

export interface PageBreakdown {
  readonly by: BreakdownKey
  /** The names' columns, in order. */
  readonly columns: readonly string[]
  readonly rows: readonly PageRow[]
  /** How many names the limit left out. */
  readonly left_out: number
}

export interface PageReport {
  readonly site: Site
  readonly today: string
  readonly range: ChosenRange
  readonly filters: PageFilters
  readonly with_bots: boolean
  readonly totals: PageNumbers
  /** Of the period before, whole; null while the range is not over, for a part is not compared with a whole. */
  readonly before: PageNumbers | null
  /** Visitors of the last five minutes that pass the filters. */
  readonly unit: 'hour' | 'day'
  readonly buckets: readonly string[]
  /** Index of the bucket in progress, or null when all are over. */
  readonly unfinished: number | null
  readonly views: readonly number[]
  readonly visitors: readonly number[]
  readonly breakdown: PageBreakdown
  /** Where the visitors of the one page that is looked at came from and went; empty unless the filters name one. */
  readonly around: readonly PageBreakdown[]
}

/** Shares and means of numbers; undefined where there is nothing to divide by. */
export const bounceRate = ({ bounces, entries }: PageNumbers) => (entries > 0 ? bounces / entries : undefined)
export const meanDuration = ({ duration_ms, sessions }: PageNumbers) =>
  sessions > 0 ? duration_ms / sessions : undefined
export const viewsPerSession = ({ views, sessions }: PageNumbers) =>
  sessions > 0 ? views / sessions : undefined

const HOST = /^(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]*[a-z0-9])?\.)+[a-z0-9-]*[a-z0-9]$/

/** The address of a host that led here, only ever https; undefined for what is no plain host name. */
export const hostAddress = (host: string) => (HOST.test(host) ? `https://${host}/` : undefined)

/** What a click on a row narrows the page to. */
export function filterOfRow(
  by: BreakdownKey,
  names: Readonly<Record<string, string>>,
): UrlChange | undefined {
  const { domain = '', path = '', source = '', channel = '', utm_source = '' } = names
  switch (by) {
    case 'page':
    case 'entry':
    case 'exit':
      return { domain, page: path }
    case 'domain':
      return { domain }
    case 'source':
      return { channel, source }
    case 'campaign':
      return utm_source === '' ? undefined : { channel: 'campaign', source: utm_source }
    case 'referrer':
      return undefined
    default:
      return { [by]: names[by === 'banner' ? 'banner_tag' : by] ?? '' }
  }
}
