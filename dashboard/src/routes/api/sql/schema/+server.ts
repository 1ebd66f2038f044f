import { respondJson } from '#lib/server/page.ts'
import { readSchema } from '#lib/server/sql/about.ts'
import type { RequestHandler } from './$types'

/** The views with their columns and comments, and the names of functions. */
export const GET: RequestHandler = (event) =>
  respondJson(event, 'sql', ({ services }) => readSchema(services))
