/** One note, its author's or who may manage. `PATCH { day?, text?, on_links? }` → as it is then; `DELETE` → 204. */
import { annotationInputOf, changeAnnotation, deleteAnnotation } from '#lib/server/annotations.ts'
import { fieldsIn } from '#lib/server/body.ts'
import { respondJson } from '#lib/server/page.ts'
import { notFound, orProblem } from '#lib/server/players/respond.ts'
import type { RequestHandler } from './$types'

const unknown = () =>
  notFound('unknown_annotation', 'There is no such note', 'The site has none of this id that is yours.')

export const PATCH: RequestHandler = (event) =>
  respondJson(event, 'edit', (opened) =>
    orProblem(async () => {
      const input = annotationInputOf(await fieldsIn(event.request))
      return (await changeAnnotation(opened, event.params.id, input)) ?? unknown()
    }),
  )

export const DELETE: RequestHandler = (event) =>
  respondJson(event, 'edit', async (opened) =>
    (await deleteAnnotation(opened, event.params.id)) ? new Response(null, { status: 204 }) : unknown(),
  )
