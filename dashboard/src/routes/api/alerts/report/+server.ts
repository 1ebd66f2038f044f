/**
 * `POST /api/alerts/report?site=` with `{ channel_id, weekday, hour }` subscribes an e-mail channel to the weekly report, `DELETE ?id=` ends
 * that; `PUT` with `{ channel_id }` sends last week's report now.
 */
import { sendReport, subscribe, unsubscribe } from '#lib/server/alerts/channels.ts'
import { change } from '#lib/server/alerts/request.ts'
import type { RequestHandler } from './$types'

export const POST: RequestHandler = (event) => change(event, subscribe, 201)
export const PUT: RequestHandler = (event) => change(event, sendReport, 202)
export const DELETE: RequestHandler = (event) => change(event, unsubscribe)
