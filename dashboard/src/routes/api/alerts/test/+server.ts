/** `POST /api/alerts/test?site=` with `{ channel_id }` puts a test message on its way; the list of messages tells what became of it. */
import { testChannel } from '#lib/server/alerts/channels.ts'
import { change } from '#lib/server/alerts/request.ts'
import type { RequestHandler } from './$types'

export const POST: RequestHandler = (event) => change(event, testChannel, 202)
