/**
 * `GET /api/recount?range=|from=&to=&site=&limit=100&after=` → `{ differences, next }`: what recounts of these days found, the newest first.
 * `POST /api/recount?site=` with `{ "event_date" }` → the day counted again from its events, and what differs.
 */

import { recountNotes } from '@rtpx/clickhouse/queries/quality'
import { Type } from '@sinclair/typebox'
import { isDay } from '#lib/day.ts'
import { objectBody } from '#lib/server/body.ts'
import { respondJson } from '#lib/server/page.ts'
import { Instant, nextAfter, partAfter } from '#lib/server/part.ts'
import { isProblem, problemResponse } from '#lib/server/problem.ts'
import { qualityDays } from '#lib/server/quality.ts'
import { RecountRuns, recount } from '#lib/server/recount.ts'
import type { RequestHandler } from './$types'

/** What names the last of a part. */
const LastNote = Type.Tuple([Instant, Type.String(), Type.String(), Type.String()])

/** Characters of a body. */
const MAX_BODY = 4_096

export const GET: RequestHandler = (event) =>
  respondJson(event, 'players', async (opened) => {
    const part = partAfter(event.url.searchParams, LastNote)
    if ('status' in part) return problemResponse(part)
    const { limit, after } = part
    const [recounted_at = 0, event_date = '', derived = '', key = ''] = after ?? []
    const rows = await recountNotes(opened.services.clickhouse, qualityDays(opened), {
      limit: limit + 1,
      after: after && { recounted_at, event_date, derived, key },
    })
    const next = nextAfter(rows, limit, (note) => [
      note.recounted_at,
      note.event_date,
      note.derived,
      note.key,
    ])
    return { differences: rows.slice(0, limit), next }
  })

export const POST: RequestHandler = (event) =>
  respondJson(event, 'manage', async (opened) => {
    const body = await objectBody(event.request, MAX_BODY)
    if (isProblem(body)) return problemResponse(body)
    const { event_date } = body.fields
    if (typeof event_date !== 'string' || !isDay(event_date) || event_date > opened.today)
      return problemResponse(BAD_DAY)
    try {
      return await recount(opened, event_date)
    } catch (error) {
      if (!(error instanceof RecountRuns)) throw error
      return problemResponse(RUNS)
    }
  })

const BAD_DAY = {
  status: 400,
  code: 'invalid_date',
  title: 'The request could not be understood',
  field: 'event_date',
  detail: 'event_date must be a day such as 2026-01-31, and not in the future',
}
const RUNS = {
  status: 409,
  code: 'recount_runs',
  title: 'A recount is under way',
  detail: 'One day of a site is counted at a time; ask again when it is done.',
}
