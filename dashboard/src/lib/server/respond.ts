/** Answers of the API's routes that are the same everywhere. */
import { logger } from './log.ts'
import { problemResponse } from './problem.ts'
import { troubleOf } from './trouble.ts'

/** An error as the API says it: 404 for a site that is not there, else 503, to be asked again. */
export function troubleResponse(error: unknown): Response {
  const trouble = troubleOf(error)
  if (trouble.code !== 'unknown_site') logger.warn({ err: error }, trouble.title)
  return trouble.code === 'unknown_site'
    ? problemResponse({ ...trouble, status: 404, field: 'site' })
    : problemResponse({ ...trouble, status: 503 })
}
