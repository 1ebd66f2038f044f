/**
 * `POST /judge`: what the edge would make now of what it once refused, judged by the same rules as of the moment it came. Nothing is
 * written, counted, limited or reported. Only for METRICS_NETWORKS; for others there is nothing here.
 */

import type { Judge } from '../intake/read-event.ts'
import { Refusal } from '../intake/refusal.ts'
import { NO_STORE, problem } from '../problem.ts'
import { judgeAgain, type Report } from '../rejections/judge-again.ts'

/** Reports in one request. */
const MOST = 500

/** Answers one verdict a report, in their order: `{ event }`, `{ refused: { code, field, message } }` or `{}` when too little was kept to tell. */
export async function answerJudge(judge: Judge, request: Request): Promise<Response> {
  const reports = reportsOf(await request.json().catch(() => undefined))
  if (!reports) {
    const detail = `the body must be an array of at most ${MOST} reports with rejected_id, rejected_at, raw and sender`
    return problem(400, 'No reports', { code: 'bad_field', field: '', detail })
  }
  const verdicts = reports.map((report) => {
    const verdict = judgeAgain(report, judge)
    if (verdict === 'incomplete') return {}
    if (!(verdict instanceof Refusal)) return { event: verdict.event }
    const { code, field, message } = verdict
    return { refused: { code, field, message } }
  })
  return Response.json(verdicts, { headers: NO_STORE })
}

function reportsOf(body: unknown): Report[] | undefined {
  if (!Array.isArray(body) || body.length > MOST) return undefined
  const isReport = (one: unknown): one is Report => {
    if (typeof one !== 'object' || one === null) return false
    const { rejected_id, rejected_at, raw, sender } = one as Record<string, unknown>
    return (
      typeof rejected_id === 'string' &&
      Number.isSafeInteger(rejected_at) &&
      typeof raw === 'string' &&
      typeof sender === 'string'
    )
  }
  return body.every(isReport) ? body : undefined
}
