/** Pixels: `GET /visit`, `/registration`, `/deposit`, and `/pixel.gif?event_type=…` for any type. */

import type { Edge } from '../edge.ts'
import { PIXEL_GIF } from '../gif.ts'
import { entryOf } from '../intake/entry.ts'
import { QUERY_NAMES } from '../intake/fields.ts'
import { queryPairs } from '../intake/query.ts'
import { readEvent } from '../intake/read-event.ts'
import { Refusal } from '../intake/refusal.ts'
import { browserSender } from '../intake/sender.ts'
import { NO_STORE, refusalResponse, sinkResponse } from '../problem.ts'

/**
 * Answers one pixel: the GIF once its event is durable, 400 with a reason, or 503.
 * @param type the event type the path stands for; undefined when the query names it
 */
export async function answerPixel(edge: Edge, request: Request, sourceIp: string | undefined, type?: string) {
  const pairs = queryPairs(request.url)
  if (pairs instanceof Refusal) return refusalResponse(pairs)
  const event = readEvent(pairs, QUERY_NAMES, browserSender(request.headers, sourceIp), edge.judge, type)
  if (event instanceof Refusal) return refusalResponse(event)
  try {
    await edge.publisher.publish([entryOf(event, edge.partitions)])
  } catch (error) {
    return sinkResponse(error)
  }
  return new Response(PIXEL_GIF, { headers: pixelHeaders(event.event_id) })
}

/** What a pixel's HEAD answers: the same headers, and no event. */
export function answerPixelHead(): Response {
  return new Response(null, { headers: pixelHeaders() })
}

function pixelHeaders(eventId?: string): Record<string, string> {
  const headers = { 'content-type': 'image/gif', ...NO_STORE }
  return eventId === undefined ? headers : { ...headers, 'x-event-id': eventId }
}
