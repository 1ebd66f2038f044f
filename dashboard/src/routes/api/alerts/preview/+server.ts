/** `POST /api/alerts/preview?site=` with a rule's definition → when it would have fired in the last 30 days. Nothing is written. */
import { change } from '#lib/server/alerts/request.ts'
import { previewOf } from '#lib/server/alerts/rules.ts'
import type { RequestHandler } from './$types'

export const POST: RequestHandler = (event) => change(event, previewOf)
