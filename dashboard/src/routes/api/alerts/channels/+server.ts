/**
 * `POST /api/alerts/channels?site=` with `{ name, kind, target }` makes a channel; a webhook's answer has the secret its messages are signed
 * with, this once. `PATCH ?id=` gives it another name or target, `DELETE ?id=` ends it. Where channels lead is never answered.
 */
import { changeChannel, createChannel, deleteChannel } from '#lib/server/alerts/channels.ts'
import { change } from '#lib/server/alerts/request.ts'
import type { RequestHandler } from './$types'

export const POST: RequestHandler = (event) => change(event, createChannel, 201)
export const PATCH: RequestHandler = (event) => change(event, changeChannel)
export const DELETE: RequestHandler = (event) => change(event, deleteChannel)
