/** Answers of the API's routes that are the same everywhere. */
import { createHash } from 'node:crypto'
import { logger } from './log.ts'
import { problemResponse } from './problem.ts'
import { isExpected, statusOf, troubleOf } from './trouble.ts'

/** An error as the API says it: 401, 403, 404 for what is the asker's, else 503, to be asked again. */
export function troubleResponse(error: unknown): Response {
  const trouble = troubleOf(error)
  if (!isExpected(trouble)) logger.warn({ err: error }, trouble.title)
  const field = trouble.code === 'unknown_site' ? { field: 'site' } : {}
  return problemResponse({ ...trouble, ...field, status: statusOf(trouble) })
}

/** JSON that its asker may keep and ask about again. */
export function jsonResponse(
  request: Request,
  answer: unknown,
  more: Readonly<Record<string, string>> = {},
): Response {
  const body = JSON.stringify(answer)
  const etag = `"${createHash('sha1').update(body).digest('base64url')}"`
  const headers = { etag, 'cache-control': 'private, no-cache', ...more }
  if (hasIt(request.headers.get('if-none-match'), etag)) return new Response(null, { status: 304, headers })
  return new Response(body, { headers: { ...headers, 'content-type': 'application/json' } })
}

/** Whether an asker has it: tags are a list, and a proxy that compresses makes them weak (RFC 9110, 13.1.2). */
const hasIt = (tags: string | null, etag: string) =>
  tags?.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag) ?? false
