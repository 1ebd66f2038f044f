/** What the realtime page shows, as one plain value. */
import type { RealtimeFilters, RealtimeNow, StreamEvent } from '@rtpx/clickhouse/queries/realtime'
import type { Site } from './overview.ts'
import type { UrlChange } from './url.ts'

export type { RealtimeFilters, StreamEvent }

/** What the page can be narrowed by, as it is called in the URL. */
export const NOW_FILTERS = [
  { key: 'type', label: 'Type', none: 'unknown' },
  { key: 'banner', label: 'Banner', none: 'no banner' },
  { key: 'domain', label: 'Domain', none: 'unknown' },
  { key: 'country', label: 'Country', none: 'unknown' },
] as const satisfies readonly { key: keyof RealtimeFilters; label: string; none: string }[]

export interface RealtimeReport extends Omit<RealtimeNow, 'minutes'> {
  readonly site: Site
  readonly filters: RealtimeFilters
  /** Whether known bots count too. */
  readonly with_bots: boolean
  /** Wall clock of the last 30 minutes, the present one last. */
  readonly minutes: readonly string[]
  /** Counts by minute of each type; the rarer ones together as `other`. */
  readonly types: Readonly<Record<string, readonly number[]>>
}

/** The filters a URL names; an empty text asks for what is unknown or absent. */
export const nowFiltersOf = (get: (name: string) => string | null): RealtimeFilters =>
  Object.fromEntries(NOW_FILTERS.map(({ key }) => [key, get(key)]).filter(([, value]) => value !== null))

/** What Escape takes away; undefined without filters. */
export const withoutNowFilters = (filters: RealtimeFilters): UrlChange | undefined =>
  Object.keys(filters).length === 0
    ? undefined
    : Object.fromEntries(Object.keys(filters).map((name) => [name, null]))

/** Types that have a colour of their own, in the order they stand in the chart; all others are one. */
export const SHOWN_TYPES = ['deposit', 'registration', 'visit', 'page_view'] as const
export const OTHER_TYPES = 'other'
