/** `POST /api/alerts/deliveries?site=` with `{ delivery_id }` sends a message again that was given up. */
import { retryDelivery } from '#lib/server/alerts/channels.ts'
import { change } from '#lib/server/alerts/request.ts'
import type { RequestHandler } from './$types'

export const POST: RequestHandler = (event) => change(event, retryDelivery)
