/**
 * Paging of the API: `limit` and `after`, and in the answer `next`, which the next part is asked with. Where rows arrive while somebody
 * pages, `next` names the last row (`partAfter`), so none is shown twice and none passed over; where the order itself follows numbers that
 * change, it says how many were shown (`partOf`).
 */
import { LAST_MS } from '@rtpx/clickhouse/queries/quality'
import { type Static, type TSchema, type TTuple, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
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

const BAD_CURSOR = bad('invalid_cursor', 'after', 'after must be what an answer called next')

/** @param most rows at a time @param reach rows that can be read in parts at all */
export function partOf(
  params: URLSearchParams,
  { most, otherwise, reach }: { readonly most: number; readonly otherwise: number; readonly reach: number },
): AskedPart | Problem {
  const limit = limitOf(params, most, otherwise)
  if (typeof limit !== 'number') return limit
  const offset = wholeOf(params, 'after', 0)
  if (offset < 0 || offset >= reach) return BAD_CURSOR
  return { limit, offset, next: String(offset + limit) }
}

function limitOf(params: URLSearchParams, most: number, otherwise: number): number | Problem {
  const limit = wholeOf(params, 'limit', otherwise)
  return params.has('limit') && (limit < 1 || limit > most)
    ? bad('invalid_limit', 'limit', `limit must be a whole number from 1 to ${most}`)
    : limit
}

/** @returns -1 for what is no whole number */
function wholeOf(params: URLSearchParams, field: string, fallback: number): number {
  const text = params.get(field)
  return text === null ? fallback : /^\d{1,9}$/.test(text) ? Number(text) : -1
}

/** Milliseconds since 1970 of any row that there can be. */
export const Instant = Type.Integer({ minimum: 0, maximum: LAST_MS })

/** What names a row, as `after` has it. */
const cursorOf = (names: readonly (string | number)[]) =>
  Buffer.from(JSON.stringify(names)).toString('base64url')

function namesIn(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    return undefined
  }
}

/** The part after a row that is named by what a schema says; null for the first part. */
export function partAfter<Names extends TTuple<TSchema[]>>(
  params: URLSearchParams,
  schema: Names,
  otherwise = 100,
): { readonly limit: number; readonly after: Static<Names> | null } | Problem {
  const limit = limitOf(params, 1_000, otherwise)
  if (typeof limit !== 'number') return limit
  const cursor = params.get('after')
  if (cursor === null) return { limit, after: null }
  const names = namesIn(cursor)
  if (!Value.Check(schema, names) || cursorOf(names as string[]) !== cursor) return BAD_CURSOR
  return { limit, after: names }
}

/** What names the last row of a part, when there is more. @param rows one more than the limit where there is */
export function nextAfter<Row>(
  rows: readonly Row[],
  limit: number,
  namesOf: (row: Row) => readonly (string | number)[],
): string | null {
  const last = rows[limit - 1]
  return rows.length > limit && last !== undefined ? cursorOf(namesOf(last)) : null
}

/** Where the last row of a part stood, and what it is called. */
const LastOfList = Type.Tuple([Type.Integer({ minimum: 0, maximum: 1_000_000 }), Type.String()])

const idOf = (row: unknown) => {
  const { id, cost_id } = row as { id?: string; cost_id?: string }
  return id ?? cost_id ?? ''
}

/**
 * A list that is whole, cut to the part that is asked for; and the address of the next part, as a `Link` (RFC 8288). A part goes on after
 * the row the one before ended with, wherever it stands by now; where it is gone, from its place.
 */
export function partOfAnswer(
  answer: unknown,
  params: URLSearchParams,
  url: URL,
): { readonly answer: unknown; readonly headers: Readonly<Record<string, string>> } | Problem {
  if (!Array.isArray(answer)) return { answer, headers: linkTo((answer as Partial<Part>).next ?? null, url) }
  const part = partAfter(params, LastOfList, Math.max(answer.length, 1))
  if ('status' in part) return part
  const [place = 0, id = ''] = part.after ?? []
  const found = id === '' ? -1 : answer.findIndex((row) => idOf(row) === id)
  const start = found < 0 ? place : found + 1
  const rest: unknown[] = answer.slice(start)
  const next = nextAfter(rest, part.limit, (row) => [start + part.limit - 1, idOf(row)])
  return { answer: rest.slice(0, part.limit), headers: linkTo(next, url) }
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
