import { fieldsIn } from '#lib/server/body.ts'
import { answerKept } from '#lib/server/sql/respond.ts'
import { addView, savedViews, viewInputOf } from '#lib/server/views.ts'
import type { RequestHandler } from './$types'

/** The views the caller keeps, and those shared in the organization that they may open. */
export const GET: RequestHandler = (event) => answerKept(event, savedViews, 200, 'read')

/** Keeps a view: `{ name, href, shared? }`. */
export const POST: RequestHandler = (event) =>
  answerKept(
    event,
    async (caller) => addView(caller, viewInputOf(await fieldsIn(event.request)), Date.now()),
    201,
    'read',
  )
