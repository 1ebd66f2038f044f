/** Answers of the API's routes that are the same everywhere. */
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
