import { estimate } from '#lib/server/sql/about.ts'
import { answerSql } from '#lib/server/sql/ask.ts'
import type { RequestHandler } from './$types'

/** What a statement would read, without running it. */
export const POST: RequestHandler = (event) =>
  answerSql(event, async (services, caller, asked) => Response.json(await estimate(services, caller, asked)))
