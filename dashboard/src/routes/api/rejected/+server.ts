/**
 * `GET /api/rejected?range=|from=&to=&site=&reason=&limit=100&after=` → `{ rejected, next }`, the newest first.
 * `POST /api/rejected?range=…&site=` with `{ "reason", "dry_run" }` → which numbers a replay changes; without `dry_run` it is done.
 */

import { refusals } from '@rtpx/clickhouse/queries/quality'
import { Type } from '@sinclair/typebox'
import { objectBody } from '#lib/server/body.ts'
import { respondJson } from '#lib/server/page.ts'
import { Instant, nextAfter, partAfter } from '#lib/server/part.ts'
import { isProblem, problemResponse } from '#lib/server/problem.ts'
import { qualityDays, refusalOf } from '#lib/server/quality.ts'
import { EdgeUnavailable, replay } from '#lib/server/replay.ts'
import type { RequestHandler } from './$types'

/** When and which the last of a part was. */
const LastRefusal = Type.Tuple([
  Instant,
  Type.String({ pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' }),
])

/** Characters of a body. */
const MAX_BODY = 4_096

export const GET: RequestHandler = (event) =>
  respondJson(event, 'players', async (opened) => {
    const part = partAfter(event.url.searchParams, LastRefusal)
    if ('status' in part) return problemResponse(part)
    const { limit, after } = part
    const asked = {
      reason: opened.ask('reason') ?? '',
      limit: limit + 1,
      after: after && { rejected_at: after[0], rejected_id: after[1] },
    }
    const rows = await refusals(opened.services.clickhouse, qualityDays(opened), asked)
    const next = nextAfter(rows, limit, ({ rejected_at, rejected_id }) => [rejected_at, rejected_id])
    return { rejected: rows.slice(0, limit).map(refusalOf), next }
  })

export const POST: RequestHandler = (event) =>
  respondJson(event, 'manage', async (opened) => {
    const body = await objectBody(event.request, MAX_BODY)
    if (isProblem(body)) return problemResponse(body)
    const { reason, dry_run = false } = body.fields
    if (typeof reason !== 'string' || !/^[a-z_]{1,64}$/.test(reason))
      return problemResponse({ ...BAD, field: 'reason', detail: 'reason must be the code of a reason' })
    if (typeof dry_run !== 'boolean')
      return problemResponse({ ...BAD, field: 'dry_run', detail: 'dry_run must be true or false' })
    try {
      return await replay(opened, reason, dry_run)
    } catch (error) {
      if (!(error instanceof EdgeUnavailable)) throw error
      return problemResponse(NO_EDGE)
    }
  })

const BAD = { status: 400, code: 'bad_field', title: 'The request could not be understood' }
const NO_EDGE = {
  status: 503,
  code: 'edge_unavailable',
  title: 'The edge cannot be asked',
  detail:
    'Its rules say what counts now, and it does not answer, or does not let this dashboard ask: see METRICS_NETWORKS in its settings. Nothing was changed.',
}
