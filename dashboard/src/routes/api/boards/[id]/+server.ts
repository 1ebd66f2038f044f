import { fieldsIn } from '#lib/server/body.ts'
import { arrangeTiles, board, changeBoard, removeBoard } from '#lib/server/sql/boards.ts'
import { answerKept } from '#lib/server/sql/respond.ts'
import type { RequestHandler } from './$types'

/** A board with its tiles. */
export const GET: RequestHandler = (event) => answerKept(event, (caller) => board(caller, event.params.id))

/** Renames, shares and arranges a board; tiles that are not named are taken off. */
export const PUT: RequestHandler = (event) =>
  answerKept(event, async (caller) => {
    const { name, shared, tiles } = await fieldsIn(event.request)
    await changeBoard(caller, event.params.id, { name, shared: shared === true }, Date.now())
    if (Array.isArray(tiles)) await arrangeTiles(caller, event.params.id, tiles)
    return board(caller, event.params.id)
  })

export const DELETE: RequestHandler = (event) =>
  answerKept(event, (caller) => removeBoard(caller, event.params.id))
