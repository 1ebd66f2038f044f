/**
 * `GET /api/alerts?site=` → the site's rules with how each stands, its alerts of the last 90 days, channels, messages and subscriptions.
 * `POST` makes a rule, `PATCH ?id=` changes what is sent of it, `DELETE ?id=` ends it; these need `edit`.
 */
import { readAlerts } from '#lib/server/alerts/report.ts'
import { change } from '#lib/server/alerts/request.ts'
import { changeRule, createRule, deleteRule } from '#lib/server/alerts/rules.ts'
import { respondJson } from '#lib/server/page.ts'
import type { RequestHandler } from './$types'

export const GET: RequestHandler = (event) => respondJson(event, 'players', readAlerts)
export const POST: RequestHandler = (event) => change(event, createRule, 201)
export const PATCH: RequestHandler = (event) => change(event, changeRule)
export const DELETE: RequestHandler = (event) => change(event, deleteRule)
