/** What rows are called, and where a click on them leads. Names come from outside: only ever text, and values of a query. */
import type { UrlChange } from '#lib/url.ts'
import type { CampaignRow } from './figures.ts'

/** What a row is called. */
export function rowName({ kind, name }: Pick<CampaignRow, 'kind' | 'name'>): string {
  if (kind === 'total') return 'Total'
  if (kind === 'rest') return 'All others'
  if (kind === 'unshared') return 'Costs without a visit'
  return name || 'no banner'
}

export const ROW_HINTS: Readonly<Partial<Record<CampaignRow['kind'], string>>> = {
  rest: 'The rows beyond the first ones, together',
  unshared:
    'Costs of several banners on days on which none of them had a visit: no banner can take a share of them',
}

/** What a press on a row's mark changes: at most two rows stand side by side, the newest takes the second place. */
export function compareChange(compared: readonly string[], name: string): UrlChange {
  const without = compared.filter((other) => other !== name)
  const [first = null, second = null] =
    without.length < compared.length ? without : [...compared.slice(0, 1), name]
  return { compare: first, with: second }
}
