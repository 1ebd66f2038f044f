/** Notes to days of a site. `GET ?site=&range=|from=&to=` → those of the range; `POST { day, text, on_links? }` → the new one. */
import { addAnnotation, annotationInputOf, readAnnotations } from '#lib/server/annotations.ts'
import { fieldsIn } from '#lib/server/body.ts'
import { respondJson } from '#lib/server/page.ts'
import { orProblem } from '#lib/server/players/respond.ts'
import type { RequestHandler } from './$types'

export const GET: RequestHandler = (event) => respondJson(event, 'players', readAnnotations)

export const POST: RequestHandler = (event) =>
  respondJson(event, 'edit', (opened) =>
    orProblem(async () => {
      const added = await addAnnotation(opened, annotationInputOf(await fieldsIn(event.request)))
      return Response.json(added, { status: 201 })
    }),
  )
