/** What the overview can be narrowed to and broken down by; the keys are the URL's, in the order pills and tabs stand. */
import type { EventDimension, Values } from '@rtpx/clickhouse/queries/breakdowns'
import { countryName } from './format.ts'
import type { UrlChange } from './url.ts'

export const DIMENSIONS = [
  { key: 'banner', label: 'Banner', tab: 'Banners', none: 'no banner' },
  { key: 'domain', label: 'Domain', tab: 'Domains', none: 'unknown' },
  { key: 'page', label: 'Page', tab: 'Pages', none: 'unknown' },
  { key: 'referrer', label: 'Referrer', tab: 'Referrers', none: 'none' },
  { key: 'campaign', label: 'utm_campaign', tab: 'Campaigns', none: 'none' },
  { key: 'country', label: 'Country', tab: 'Countries', none: 'unknown' },
  { key: 'device', label: 'Device', tab: 'Devices', none: 'unknown' },
  { key: 'browser', label: 'Browser', tab: 'Browsers', none: 'unknown' },
  { key: 'os', label: 'System', tab: 'Systems', none: 'unknown' },
] as const satisfies readonly { key: EventDimension | 'banner'; label: string; tab: string; none: string }[]
export type DimensionKey = (typeof DIMENSIONS)[number]['key']

/** An empty text asks for what is unknown or absent. */
export type OverviewFilters = Readonly<Partial<Record<DimensionKey, string>>>

export interface Breakdown extends Values {
  readonly by: EventDimension
}

/** The filters a URL names. */
export const overviewFilters = (get: (name: string) => string | null): OverviewFilters =>
  Object.fromEntries(
    DIMENSIONS.map(({ key }) => [key, get(key)] as const).filter(([, value]) => value !== null),
  )

/** The dimension a URL asks to break down by; undefined for banners, which the overview always has. */
export const breakdownOf = (by: string | null): EventDimension | undefined =>
  DIMENSIONS.flatMap(({ key }) => (key === 'banner' ? [] : [key])).find((key) => key === by)

/** A value as it is shown. */
export function valueName(key: DimensionKey, value: string): string {
  if (key === 'country') return countryName(value)
  return value === '' ? (DIMENSIONS.find((dimension) => dimension.key === key)?.none ?? '') : value
}

/** What Escape takes away; undefined without filters. */
export const withoutThem = (filters: OverviewFilters): UrlChange | undefined => {
  const names = Object.keys(filters)
  return names.length === 0 ? undefined : Object.fromEntries(names.map((name) => [name, null]))
}

/** Why every country is unknown, and what to do about it. */
export const NO_COUNTRIES =
  'Countries are known once the edge has a database of addresses: whoever runs rtpx names one in GEOIP_FILE.'

/** @param countries as codes, empty where it is not known */
export const knowsNoCountry = (countries: readonly string[]) =>
  countries.length > 0 && countries.every((country) => country === '')
