/**
 * Query strings, decoded once and strictly. Written for the pixel: most values need no decoding at all.
 * Form: application/x-www-form-urlencoded as browsers send it (WHATWG URL), but a broken escape is an error, not U+FFFD.
 */
import { Refusal } from './refusal.ts'
import type { Sent } from './sent.ts'

/** Names and values of the query of a URL, in order; without a query, none. */
export function sentQuery(url: string): Sent | Refusal {
  const names: string[] = []
  const values: string[] = []
  const start = url.indexOf('?')
  if (start < 0) return { names, values }
  try {
    for (const pair of url.slice(start + 1).split('&')) {
      if (pair === '') continue
      const equals = pair.indexOf('=')
      names.push(decode(equals < 0 ? pair : pair.slice(0, equals)))
      values.push(equals < 0 ? '' : decode(pair.slice(equals + 1)))
    }
  } catch {
    return new Refusal('bad_encoding', '', 'the query has a broken percent escape')
  }
  return { names, values }
}

function decode(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text
  return spaced.includes('%') ? decodeURIComponent(spaced) : spaced
}
