/**
 * Programs on pages of other sites may use a key, and nothing but a key: every origin may ask, no answer lets a browser send cookies
 * along, and what is asked without a key gets no permission to be read.
 */
import { isApi } from './problems.ts'

/** How long browsers keep a preflight's answer, s; Chromium keeps none longer than two hours. */
const MAX_AGE_S = 7_200

const PREFLIGHT = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
  // `*` would not cover Authorization (Fetch, 4.9).
  'access-control-allow-headers': 'authorization, content-type, if-none-match',
  'access-control-max-age': String(MAX_AGE_S),
}

/** The answer to a browser that asks beforehand whether a page of another site may send a key; nothing for any other request. */
export function preflightOf({ method, headers, url }: Request): Response | undefined {
  const wanted = headers.get('access-control-request-headers') ?? ''
  const isAsked = method === 'OPTIONS' && headers.has('access-control-request-method')
  const hasKey = wanted.split(',').some((name) => name.trim().toLowerCase() === 'authorization')
  if (!isAsked || !hasKey || !isApi(new URL(url).pathname)) return undefined
  return new Response(null, {
    status: 204,
    headers: { ...PREFLIGHT, vary: 'access-control-request-headers' },
  })
}

/** Lets pages of other sites read what was asked with a key. */
export function openToKeys(request: Request, { headers }: Response): void {
  if (!/^Bearer\s/i.test(request.headers.get('authorization') ?? '')) return
  headers.set('access-control-allow-origin', '*')
  headers.set('access-control-expose-headers', 'etag, link, retry-after, content-disposition')
  headers.append('vary', 'authorization')
}
