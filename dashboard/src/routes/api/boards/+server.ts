import { fieldsIn } from '#lib/server/body.ts'
import { addBoard, boards } from '#lib/server/sql/boards.ts'
import { answerKept } from '#lib/server/sql/respond.ts'
import type { RequestHandler } from './$types'

/** The boards the caller sees. */
export const GET: RequestHandler = (event) => answerKept(event, boards)

/** Makes an empty board. */
export const POST: RequestHandler = (event) =>
  answerKept(
    event,
    async (caller) => ({ id: await addBoard(caller, (await fieldsIn(event.request)).name, Date.now()) }),
    201,
  )
