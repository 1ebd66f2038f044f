/** Saved segments of a site. `GET ?site=` → each with how many players are in it; `POST { name, definition }` → the saved one. */

import { fieldsIn } from '#lib/server/body.ts'
import { respondJson } from '#lib/server/page.ts'
import { BadParameter } from '#lib/server/players/ask.ts'
import { orProblem } from '#lib/server/players/respond.ts'
import { countedSegments, readDraft, saveSegment } from '#lib/server/players/segments.ts'
import type { RequestHandler } from './$types'

export const GET: RequestHandler = (event) => respondJson(event, 'players', countedSegments)

export const POST: RequestHandler = (event) =>
  respondJson(event, 'edit', (opened) =>
    orProblem(async () => {
      const { name, definition } = readDraft(await fieldsIn(event.request))
      if (name === undefined || definition === undefined)
        throw new BadParameter('invalid_body', 'body', 'name and definition are wanted')
      return Response.json(await saveSegment(opened, { name, definition }), { status: 201 })
    }),
  )
