/** Errors as HTTP: `application/problem+json` (RFC 9457) with a stable code; one map from code to status. */
import { REFUSAL_CODES, type Refusal } from './intake/refusal.ts'
import { SinkError } from './sinks/sink.ts'
import type { EdgeStats } from './stats.ts'

/** Codes that are not a 400. */
const STATUS: Readonly<Record<string, number>> = {
  bad_key: 401,
  body_too_large: 413,
  bad_body_encoding: 415,
  rate_limited: 429,
}

/** How long a client should wait before it sends again, in seconds. */
const RETRY_AFTER_S = 1

export const NO_STORE = { 'cache-control': 'no-store', 'access-control-allow-origin': '*' } as const
export const PROBLEM_HEADERS = { 'content-type': 'application/problem+json', ...NO_STORE } as const

/** The answer to a refused event. */
export function refusalResponse(refusal: Refusal): Response {
  const { code, field, message, retryAfterS } = refusal
  const headers = retryAfterS > 0 ? { 'retry-after': String(retryAfterS) } : {}
  return problem(STATUS[code] ?? 400, REFUSAL_CODES[code], { code, field, detail: message }, headers)
}

/** The answer when no sink took the event: 503, counted, and never a false 2xx. @throws what is no SinkError */
export function unavailableResponse(stats: EdgeStats, error: unknown): Response {
  if (!(error instanceof SinkError)) throw error
  const { code, message } = error
  stats.turnAway(code)
  return problem(
    503,
    'The event could not be made durable',
    { code, field: '', detail: message },
    {
      'retry-after': String(RETRY_AFTER_S),
    },
  )
}

export function problem(
  status: number,
  title: string,
  body: { code: string; field: string; detail: string },
  headers: Record<string, string> = {},
): Response {
  return new Response(problemText(status, title, body), {
    status,
    headers: { ...PROBLEM_HEADERS, ...headers },
  })
}

/** The body of a problem. */
export function problemText(
  status: number,
  title: string,
  body: { code: string; field: string; detail: string },
): string {
  return JSON.stringify({ type: 'about:blank', title, status, ...body })
}
