/** Errors of the API as RFC 9457 problem details: a stable code, the field to blame, and words. */

export interface Problem {
  readonly status: number
  readonly code: string
  readonly title: string
  readonly detail: string
  readonly field?: string
  /** All that is wrong, where there is more than one thing; of a file, by its lines. */
  readonly errors?: readonly {
    readonly field: string | null
    readonly message: string
    readonly line?: number
  }[]
}

export function problemResponse({ status, code, title, detail, field, errors }: Problem): Response {
  const body = {
    type: 'about:blank',
    title,
    status,
    code,
    ...(field && { field }),
    detail,
    ...(errors && { errors }),
  }
  const retry: Record<string, string> = status === 503 ? { 'retry-after': '1' } : {}
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...retry },
  })
}

export const isProblem = (answer: object): answer is Problem => 'status' in answer && 'code' in answer

/** An answer that is never kept, or the problem in its place. */
export const answered = (answer: object, status = 200): Response =>
  isProblem(answer)
    ? problemResponse(answer)
    : Response.json(answer, { status, headers: { 'cache-control': 'no-store' } })

/** A parameter that cannot be understood. */
export const badParameter = (code: string, field: string, detail: string): Problem => ({
  status: 400,
  code,
  field,
  title: 'The request could not be understood',
  detail,
})
