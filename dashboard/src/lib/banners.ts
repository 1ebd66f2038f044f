/** The table by banner: rows, order and a totals row that adds up to the cards. Names come from outside: only ever text. */

import { type Counts, MAIN_TYPES, type MainType, ratio } from './metric.ts'

export interface BannerRow {
  readonly banner_tag: string
  readonly visit: number
  readonly registration: number
  readonly deposit: number
}

/** At most so many banners travel to the page; the rest is one row. */
export const MAX_BANNERS = 500

/** The rows of the counts by banner, largest first, and what the banners left out add up to. */
export function bannerRows(counts: ReadonlyMap<string, Counts>): BannerRow[] {
  return [...counts]
    .map(([banner_tag, count]) => ({
      banner_tag,
      visit: count.visit ?? 0,
      registration: count.registration ?? 0,
      deposit: count.deposit ?? 0,
    }))
    .filter((row) => row.visit + row.registration + row.deposit > 0)
    .sort(
      (a, b) =>
        b.visit - a.visit || b.registration - a.registration || compareText(a.banner_tag, b.banner_tag),
    )
    .slice(0, MAX_BANNERS)
}

/** What the totals hold beyond the rows: the banners that did not fit. Undefined when the rows are all there is. */
export function restOf(
  rows: readonly BannerRow[],
  totals: Counts,
): Omit<BannerRow, 'banner_tag'> | undefined {
  const rest = { visit: 0, registration: 0, deposit: 0 }
  for (const type of MAIN_TYPES) {
    rest[type] = Math.max(0, (totals[type] ?? 0) - rows.reduce((sum, row) => sum + row[type], 0))
  }
  return rest.visit + rest.registration + rest.deposit > 0 ? rest : undefined
}

const SORT_KEYS = [
  'banner_tag',
  'visit',
  'registration',
  'deposit',
  'visit_to_registration',
  'registration_to_deposit',
] as const
export type SortKey = (typeof SORT_KEYS)[number]

export interface Sort {
  readonly key: SortKey
  readonly descending: boolean
}

const DEFAULT_SORT: Sort = { key: 'visit', descending: true }

/** `-visit` is most visits first, `banner_tag` is A to Z; anything unknown is the default. */
export function parseSort(text: string | null): Sort {
  const key = SORT_KEYS.find((key) => key === text?.replace(/^-/, ''))
  return key && text ? { key, descending: text.startsWith('-') } : DEFAULT_SORT
}

/** The `sort=` of a click on a column: numbers start with the most, names with A; a second click turns it round. */
export function nextSort(current: Sort, key: SortKey): string | null {
  const descending = current.key === key ? !current.descending : key !== 'banner_tag'
  if (key === DEFAULT_SORT.key && descending === DEFAULT_SORT.descending) return null
  return `${descending ? '-' : ''}${key}`
}

const rates: Record<string, readonly [MainType, MainType]> = {
  visit_to_registration: ['registration', 'visit'],
  registration_to_deposit: ['deposit', 'registration'],
}

/** The rate of a row between two types. */
export const rowRate = (
  row: Omit<BannerRow, 'banner_tag'>,
  key: 'visit_to_registration' | 'registration_to_deposit',
) =>
  key === 'visit_to_registration' ? ratio(row.registration, row.visit) : ratio(row.deposit, row.registration)

/** Rows in the chosen order; equal ones by name, rates without a base last whichever way round. */
export function sortRows(rows: readonly BannerRow[], { key, descending }: Sort): BannerRow[] {
  const sign = descending ? -1 : 1
  const value = (row: BannerRow): number | undefined => {
    if (key === 'banner_tag') return 0
    const pair = rates[key]
    return pair ? ratio(row[pair[0]], row[pair[1]]) : row[key as MainType]
  }
  return [...rows].sort((a, b) => {
    if (key === 'banner_tag') return sign * compareText(a.banner_tag, b.banner_tag)
    const [x, y] = [value(a), value(b)]
    if (x === undefined || y === undefined) return Number(x === undefined) - Number(y === undefined)
    return sign * (x - y) || compareText(a.banner_tag, b.banner_tag)
  })
}

/** Code-unit order would part `Z` from `a`; the machine's locale must not decide either. */
const compareText = (a: string, b: string) => {
  const [x, y] = [a.toLowerCase(), b.toLowerCase()]
  return x < y ? -1 : x > y ? 1 : a < b ? -1 : a > b ? 1 : 0
}
