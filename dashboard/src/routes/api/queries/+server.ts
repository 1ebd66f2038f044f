import { fieldsIn } from '#lib/server/body.ts'
import { answerKept } from '#lib/server/sql/respond.ts'
import { addQuery, queryInputOf, savedQueries } from '#lib/server/sql/saved.ts'
import type { RequestHandler } from './$types'

/** The statements the caller sees: their own and those shared in the organization. */
export const GET: RequestHandler = (event) => answerKept(event, savedQueries)

/** Keeps a statement. */
export const POST: RequestHandler = (event) =>
  answerKept(
    event,
    async (caller) => addQuery(caller, queryInputOf(await fieldsIn(event.request)), Date.now()),
    201,
  )
