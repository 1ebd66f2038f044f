/** Paging of the API: `limit` and `after`, and in the answer `next`, which the next part is asked with. */
import { badParameter as bad, type Problem } from './problem.ts'

export interface Part {
  /** What to give as `after` for the next part; null after the last. */
  readonly next: string | null
}

export interface AskedPart {
  readonly limit: number
  readonly offset: number
  /** Where the next part begins. */
  readonly next: string
}

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
  const offset = whole('after', 0)
  if (params.has('limit') && (limit < 1 || limit > most))
    return bad('invalid_limit', 'limit', `limit must be a whole number from 1 to ${most}`)
  if (offset < 0 || offset >= reach)
    return bad('invalid_cursor', 'after', 'after must be what an answer called next')
  return { limit, offset, next: String(offset + limit) }
}

/** A list that is whole, cut to the part that is asked for; and the address of the next part, as a `Link` (RFC 8288). */
export function partOfAnswer(
  answer: unknown,
  params: URLSearchParams,
  url: URL,
): { readonly answer: unknown; readonly headers: Readonly<Record<string, string>> } | Problem {
  if (!Array.isArray(answer)) return { answer, headers: linkTo((answer as Partial<Part>).next ?? null, url) }
  const part = partOf(params, { most: 1_000, otherwise: Math.max(answer.length, 1), reach: 1_000_000 })
  if ('status' in part) return part
  const end = part.offset + part.limit
  return {
    answer: answer.slice(part.offset, end),
    headers: linkTo(end < answer.length ? part.next : null, url),
  }
}

function linkTo(next: string | null, url: URL): Readonly<Record<string, string>> {
  if (next === null) return {}
  const params = new URLSearchParams(url.search)
  params.set('after', next)
  return { link: `<${url.pathname}?${params}>; rel="next"` }
}

/** The number `sort=-views` orders by, most first; the first of them without. */
export function sortOf<Name extends string>(params: URLSearchParams, names: readonly Name[]): Name | Problem {
  const text = params.get('sort')
  const found = text === null ? names[0] : names.find((name) => text === name || text === `-${name}`)
  return (
    found ?? bad('invalid_sort', 'sort', `sort must be one of ${names.map((name) => `-${name}`).join(', ')}`)
  )
}
