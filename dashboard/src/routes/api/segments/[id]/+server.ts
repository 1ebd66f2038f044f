/** One saved segment. `PATCH { name?, definition? }` → as it is then; `DELETE` → 204. */

import { fieldsIn } from '#lib/server/body.ts'
import { respondJson } from '#lib/server/page.ts'
import { notFound, orProblem } from '#lib/server/players/respond.ts'
import { changeSegment, deleteSegment, readDraft } from '#lib/server/players/segments.ts'
import type { RequestHandler } from './$types'

const unknown = () =>
  notFound('unknown_segment', 'There is no such segment', 'Your organization has saved none of this id.')

export const PATCH: RequestHandler = (event) =>
  respondJson(event, 'edit', (opened) =>
    orProblem(async () => {
      const draft = readDraft(await fieldsIn(event.request))
      return (await changeSegment(opened, event.params.id, draft)) ?? unknown()
    }),
  )

export const DELETE: RequestHandler = (event) =>
  respondJson(event, 'edit', async (opened) =>
    (await deleteSegment(opened, event.params.id)) ? new Response(null, { status: 204 }) : unknown(),
  )
