/**
 * `POST /api/findings?site=` with `{ "finding_id", "status", "note" }` → what a person says about a finding: `resolved` (put right), `explained`
 * (right as it is) or `open` (taken back).
 */
import { answerFinding, type FindingStatus } from '@rtpx/clickhouse/queries/integrity'
import { objectBody } from '#lib/server/body.ts'
import { respondJson } from '#lib/server/page.ts'
import { isProblem, problemResponse } from '#lib/server/problem.ts'
import type { RequestHandler } from './$types'

/** Characters of a body. */
const MAX_BODY = 4_096

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const STATUSES: readonly unknown[] = ['open', 'resolved', 'explained']

export const POST: RequestHandler = (event) =>
  respondJson(event, 'edit', async ({ services, site, caller }) => {
    const body = await objectBody(event.request, MAX_BODY)
    if (isProblem(body)) return problemResponse(body)
    const { finding_id, status, note = '' } = body.fields
    const bad = (field: string, detail: string) =>
      problemResponse({
        status: 400,
        code: 'bad_field',
        title: 'The request could not be understood',
        field,
        detail,
      })
    if (typeof finding_id !== 'string' || !UUID.test(finding_id))
      return bad('finding_id', 'finding_id must be the id of a finding')
    if (!STATUSES.includes(status)) return bad('status', `status must be one of ${STATUSES.join(', ')}`)
    if (typeof note !== 'string' || note.length > 1_000)
      return bad('note', 'note must be a text of at most 1000 characters')
    await answerFinding(services.clickhouse, {
      site_id: site.site_id,
      finding_id,
      status: status as FindingStatus,
      note,
      answered_by: caller.email || caller.name,
    })
    return { finding_id, status, note }
  })
