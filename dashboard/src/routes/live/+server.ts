/**
 * `GET /live`, asked to upgrade to a WebSocket: who may watch, and from where. `main.ts` hands the socket over; see docs/live.md.
 * A browser sends its cookies to whatever page asks, so a page of elsewhere is refused.
 */
import { requireCaller } from '#lib/server/caller.ts'
import { getLines } from '#lib/server/live/lines.ts'
import { problemResponse } from '#lib/server/problem.ts'
import { troubleResponse } from '#lib/server/respond.ts'
import type { RequestHandler } from './$types'

export const GET: RequestHandler = ({ locals, platform, request, url }) => {
  try {
    const caller = requireCaller(locals.caller, 'read')
    if (!platform?.admit) return problemResponse(NO_UPGRADE)
    const origin = request.headers.get('origin')
    if (origin !== null && (!URL.canParse(origin) || new URL(origin).host !== url.host))
      return problemResponse(FOREIGN)
    const lines = getLines()
    const full = lines.refusal(caller)
    if (full) return problemResponse({ ...full, status: 429 })
    platform.admit((socket) => lines.open(caller, socket))
    return new Response(null, { status: 204 })
  } catch (error) {
    return troubleResponse(error)
  }
}

const NO_UPGRADE = {
  status: 426,
  code: 'upgrade_required',
  title: 'This address speaks WebSocket',
  detail: 'Open it as a WebSocket, or ask the routes of the API.',
}

const FOREIGN = {
  status: 403,
  code: 'foreign_origin',
  title: 'This page may not watch',
  detail: 'The request comes from a page of another address.',
}
