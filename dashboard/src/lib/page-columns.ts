/** The columns of a breakdown's table: its names, each leading to the page narrowed by it, and the numbers. */
import { countryName, duration, percent, wholeNumber } from './format.ts'
import {
  type BreakdownKey,
  bounceRate,
  filterOfRow,
  meanDuration,
  type PageBreakdown,
  type PageRow,
} from './pages.ts'
import type { Column } from './table.ts'
import { hrefWith } from './url.ts'

const LABELS: Readonly<Record<string, string>> = {
  domain: 'Domain',
  path: 'Page',
  referrer_host: 'Referrer',
  channel: 'Channel',
  source: 'Source',
  utm_source: 'utm_source',
  utm_medium: 'utm_medium',
  utm_campaign: 'utm_campaign',
  banner_tag: 'Banner',
  country: 'Country',
  device: 'Device',
  browser: 'Browser',
  os: 'System',
}
const ABSENT: Readonly<Record<string, string>> = {
  referrer_host: 'none',
  source: 'direct',
  banner_tag: 'no banner',
  utm_source: 'none',
  utm_medium: 'none',
  utm_campaign: 'none',
}

/** A name as it is shown. */
export const shownName = (column: string, value: string) =>
  column === 'country' ? countryName(value) : value === '' ? (ABSENT[column] ?? 'unknown') : value

/** Names first; of pages the path stands before its domain. */
const orderOf = (columns: readonly string[]) =>
  columns.includes('path')
    ? ['path', 'domain']
    : columns.includes('channel')
      ? ['source', 'channel']
      : columns

const nameColumns = ({ by, columns }: PageBreakdown, url: Pick<URL, 'search'>): Column<PageRow>[] =>
  orderOf(columns).map((column, index) => ({
    key: column,
    label: LABELS[column] ?? column,
    isText: true,
    wide: index > 0,
    value: (row) => row.names[column] ?? '',
    // The total has no name there.
    file: (row) => (row.names[column] === ' ' ? '' : (row.names[column] ?? '')),
    text: (row) => shownName(column, row.names[column] ?? ''),
    hint: (row) => shownName(column, row.names[column] ?? ''),
    href: (row) => {
      const change = index === 0 ? filterOfRow(by, row.names) : undefined
      return change && hrefWith(url, { ...change, by: nextOf(by) })
    },
  }))

/** What a narrowed page shows: a breakdown by what is fixed now would have one row. */
const nextOf = (by: BreakdownKey) => (['page', 'entry', 'exit'].includes(by) ? 'source' : null)

/** How many whose entries a row has: of a page, those that began on it. */
export function columnsOf(breakdown: PageBreakdown, url: Pick<URL, 'search'>): Column<PageRow>[] {
  const ofPages = ['page', 'domain'].includes(breakdown.by)
  return [
    ...nameColumns(breakdown, url),
    number('visitors', 'Visitors'),
    number('views', 'Page views', 'Views'),
    { ...number('sessions', 'Sessions'), wide: true },
    ...(ofPages ? [{ ...number('entries', 'Entries'), wide: true }] : []),
    {
      key: 'bounce_rate',
      label: 'Bounce rate',
      short: 'Bounce',
      value: bounceRate,
      text: (row) => ratio(bounceRate(row)),
    },
    {
      key: 'mean_duration',
      label: 'Mean session',
      short: 'Time',
      value: (row) => {
        const ms = meanDuration(row)
        return ms === undefined ? undefined : Math.round(ms / 100) / 10
      },
      text: (row) => {
        const ms = meanDuration(row)
        return ms === undefined ? '–' : duration(ms)
      },
    },
  ]
}

const ratio = (value: number | undefined) => (value === undefined ? '–' : percent(value))

const number = (
  key: 'visitors' | 'views' | 'sessions' | 'entries',
  label: string,
  short = label,
): Column<PageRow> => ({ key, label, short, value: (row) => row[key], text: (row) => wholeNumber(row[key]) })
