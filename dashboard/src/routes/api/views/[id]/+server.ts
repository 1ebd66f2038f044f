import { fieldsIn } from '#lib/server/body.ts'
import { answerKept } from '#lib/server/sql/respond.ts'
import { changeView, removeView, viewInputOf } from '#lib/server/views.ts'
import type { RequestHandler } from './$types'

/** Renames or shares a view: `{ name?, shared? }`. */
export const PATCH: RequestHandler = (event) =>
  answerKept(
    event,
    async (caller) =>
      changeView(caller, event.params.id, viewInputOf(await fieldsIn(event.request)), Date.now()),
    200,
    'read',
  )

export const DELETE: RequestHandler = (event) =>
  answerKept(event, (caller) => removeView(caller, event.params.id), 200, 'read')
