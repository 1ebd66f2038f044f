import { fieldsIn } from '#lib/server/body.ts'
import { addTile } from '#lib/server/sql/boards.ts'
import { answerKept } from '#lib/server/sql/respond.ts'
import type { RequestHandler } from './$types'

/** Puts a kept statement on the board. */
export const POST: RequestHandler = (event) =>
  answerKept(event, async (caller) =>
    addTile(caller, event.params.id, String((await fieldsIn(event.request)).query_id)),
  )
