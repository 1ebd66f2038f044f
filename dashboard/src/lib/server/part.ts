/** Paging of the API: `limit` and `offset`, and the address of the next part in the answer. */
import type { Problem } from './problem.ts'

export interface Part {
  /** Where the next part is; null after the last. */
  readonly next: string | null
}

export interface AskedPart {
  readonly limit: number
  readonly offset: number
  readonly nextOf: (url: URL) => string
}

const bad = (code: string, field: string, detail: string): Problem => ({
  status: 400,
  code,
  field,
  title: 'The request could not be understood',
  detail,
})

/** @param most rows at a time @param reach rows that can be read in parts at all */
export function partOf(
  params: URLSearchParams,
  { most, otherwise, reach }: { readonly most: number; readonly otherwise: number; readonly reach: number },
): AskedPart | Problem {
  const whole = (field: string, fallback: number) => {
    const text = params.get(field)
    return text === null ? fallback : /^\d{1,9}$/.test(text) ? Number(text) : -1
  }
  const limit = whole('limit', otherwise)
  const offset = whole('offset', 0)
  if (limit < 1 || limit > most)
    return bad('invalid_limit', 'limit', `limit must be a whole number from 1 to ${most}`)
  if (offset < 0 || offset >= reach)
    return bad('invalid_offset', 'offset', `offset must be a whole number below ${reach}`)
  return {
    limit,
    offset,
    nextOf: (url) => {
      const next = new URLSearchParams(url.search)
      next.set('limit', String(limit))
      next.set('offset', String(offset + limit))
      return `${url.pathname}?${next}`
    },
  }
}

/** The number `sort=-views` orders by, most first; the first of them without. */
export function sortOf<Name extends string>(params: URLSearchParams, names: readonly Name[]): Name | Problem {
  const text = params.get('sort')
  const found = text === null ? names[0] : names.find((name) => text === name || text === `-${name}`)
  return (
    found ?? bad('invalid_sort', 'sort', `sort must be one of ${names.map((name) => `-${name}`).join(', ')}`)
  )
}
