/** `POST /api/alerts/acknowledge?site=` with `{ alert_id, note }`: the caller has seen the alert. */
import { change } from '#lib/server/alerts/request.ts'
import { acknowledgeAlert } from '#lib/server/alerts/rules.ts'
import type { RequestHandler } from './$types'

export const POST: RequestHandler = (event) => change(event, acknowledgeAlert)
