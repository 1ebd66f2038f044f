/** Pixels: `GET /visit`, `/registration`, `/deposit`, and `/pixel.gif?event_type=…` for any type. */
import type { Event } from '@rtpx/kafka/event'
import { makeOneDurable, withinSiteRate } from '../accept.ts'
import type { HeaderReader } from '../clients/address.ts'
import type { Edge } from '../edge.ts'
import { PIXEL_GIF } from '../gif.ts'
import { blamedSite } from '../intake/blame.ts'
import { QUERY_NAMES } from '../intake/fields.ts'
import { sentQuery } from '../intake/query.ts'
import { readEvent } from '../intake/read-event.ts'
import { Refusal } from '../intake/refusal.ts'
import { browserSender, type Sender } from '../intake/sender.ts'
import { NO_STORE, refusalResponse, unavailableResponse } from '../problem.ts'

/** Headers of the image, but for the event's id. */
export const PIXEL_HEADERS = { 'content-type': 'image/gif', ...NO_STORE } as const

/** A pixel's event that was accepted, and the promise of its durability, which rejects with a SinkError. */
export interface TakenPixel {
  readonly event: Event
  readonly durable: Promise<void>
}

/**
 * Judges one pixel and, when it is accepted, begins to make its event durable.
 * @param target path and query
 * @param socket the peer's address
 * @param type the event type the path stands for; undefined when the query names it
 */
export function takePixel(
  edge: Edge,
  target: string,
  headers: HeaderReader,
  socket: string | undefined,
  type: string | undefined,
): TakenPixel | Refusal {
  const sourceIp = edge.addressOf(socket, headers)
  const wait = edge.gate.waitOfAddress(sourceIp, 1)
  if (wait > 0)
    return refuse(edge, new Refusal('rate_limited', '', 'too many events from this address', wait))
  const sent = sentQuery(target)
  if (sent instanceof Refusal) return refuse(edge, sent, '', target)
  const sender = browserSender(headers, sourceIp)
  const judged = readEvent(sent, QUERY_NAMES, sender, edge.judge, type)
  const verdict = judged instanceof Refusal ? judged : withinSiteRate(edge, judged)
  if (verdict instanceof Refusal)
    return refuse(edge, verdict, blamedSite(sent, QUERY_NAMES, sender, edge.judge), target, sender)
  return { event: verdict.event, durable: makeOneDurable(edge, verdict) }
}

/** Answers one pixel: the GIF once its event is durable, 4xx with a reason, or 503. */
export async function answerPixel(
  edge: Edge,
  request: Request,
  socket: string | undefined,
  type: string | undefined,
): Promise<Response> {
  const taken = takePixel(edge, targetOf(request.url), request.headers, socket, type)
  if (taken instanceof Refusal) return refusalResponse(taken)
  try {
    await taken.durable
  } catch (error) {
    return unavailableResponse(edge.stats, error)
  }
  return new Response(PIXEL_GIF, { headers: { ...PIXEL_HEADERS, 'x-event-id': taken.event.event_id } })
}

/** What a pixel's HEAD answers: the same headers, and no event. */
export function answerPixelHead(): Response {
  return new Response(null, { headers: PIXEL_HEADERS })
}

function refuse(edge: Edge, refusal: Refusal, siteId = '', target?: string, sender?: Sender): Refusal {
  edge.stats.reject(refusal.code)
  if (target !== undefined && refusal.code !== 'rate_limited')
    edge.rejections.report(refusal, siteId, target, sender)
  return refusal
}

/** Path and query of an absolute URL. */
function targetOf(url: string): string {
  return url.slice(url.indexOf('/', url.indexOf('//') + 2))
}
