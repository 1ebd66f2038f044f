/** Errors of the API as RFC 9457 problem details: a stable code, the field to blame, and words. */

export interface Problem {
  readonly status: number
  readonly code: string
  readonly title: string
  readonly detail: string
  readonly field?: string
}

export function problemResponse({ status, code, title, detail, field }: Problem): Response {
  const body = { type: 'about:blank', title, status, code, ...(field && { field }), detail }
  const retry: Record<string, string> = status === 503 ? { 'retry-after': '1' } : {}
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...retry },
  })
}
