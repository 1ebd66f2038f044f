/** Order of a table's rows by one column: in the URL as `sort=-visits` (most first) or `sort=banner_tag` (A to Z). */

export interface Sorting {
  readonly key: string
  readonly descending: boolean
}

type Cell = string | number | null | undefined

/** The order a URL asks for; anything that is not a column is the fallback. */
export function sortingOf(text: string | null, keys: readonly string[], fallback: Sorting): Sorting {
  const key = keys.find((key) => key === text?.replace(/^-/, ''))
  return key && text ? { key, descending: text.startsWith('-') } : fallback
}

/** The `sort=` of a click on a column: numbers start with the most, names with A; a second click turns it round. */
export function sortingAfter(current: Sorting, key: string, isText: boolean): string {
  const descending = current.key === key ? !current.descending : !isText
  return `${descending ? '-' : ''}${key}`
}

/** Rows in order; what has no value comes last whichever way round, equal ones keep their order. */
export function sorted<Row>(rows: readonly Row[], { descending }: Sorting, value: (row: Row) => Cell): Row[] {
  const sign = descending ? -1 : 1
  return [...rows].sort((a, b) => {
    const [x, y] = [value(a) ?? null, value(b) ?? null]
    if (x === null || y === null) return Number(x === null) - Number(y === null)
    if (typeof x === 'number' && typeof y === 'number') return sign * (x - y)
    return sign * compareText(String(x), String(y))
  })
}

/** Code-unit order would part `Z` from `a`; the machine's locale must not decide either. */
function compareText(a: string, b: string): number {
  const [x, y] = [a.toLowerCase(), b.toLowerCase()]
  return x < y ? -1 : x > y ? 1 : a < b ? -1 : a > b ? 1 : 0
}
