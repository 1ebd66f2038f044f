/** Pixels: `GET /visit`, `/registration`, `/deposit`, and `/pixel.gif?event_type=…` for any type. */
import { makeDurable, withinSiteRate } from '../accept.ts'
import type { Edge } from '../edge.ts'
import { PIXEL_GIF } from '../gif.ts'
import { blamedSite } from '../intake/blame.ts'
import { QUERY_NAMES } from '../intake/fields.ts'
import { queryPairs } from '../intake/query.ts'
import { readEvent } from '../intake/read-event.ts'
import { Refusal } from '../intake/refusal.ts'
import { browserSender, type Sender } from '../intake/sender.ts'
import { NO_STORE, refusalResponse, unavailableResponse } from '../problem.ts'

/**
 * Answers one pixel: the GIF once its event is durable, 4xx with a reason, or 503.
 * @param socket the peer's address
 * @param type the event type the path stands for; undefined when the query names it
 */
export async function answerPixel(edge: Edge, request: Request, socket: string | undefined, type?: string) {
  const sourceIp = edge.addressOf(socket, request.headers)
  const wait = edge.gate.waitOfAddress(sourceIp, 1)
  if (wait > 0)
    return refuse(edge, new Refusal('rate_limited', '', 'too many events from this address', wait))

  const pairs = queryPairs(request.url)
  if (pairs instanceof Refusal) return refuse(edge, pairs, '', request.url)
  const sender = browserSender(request.headers, sourceIp)
  const judged = readEvent(pairs, QUERY_NAMES, sender, edge.judge, type)
  const verdict = judged instanceof Refusal ? judged : withinSiteRate(edge, judged)
  if (verdict instanceof Refusal)
    return refuse(edge, verdict, blamedSite(pairs, QUERY_NAMES, sender, edge.judge), request.url, sender)
  try {
    await makeDurable(edge, [verdict])
  } catch (error) {
    return unavailableResponse(edge.stats, error)
  }
  return new Response(PIXEL_GIF, {
    headers: {
      'content-type': 'image/gif',
      'cache-control': 'no-store',
      'access-control-allow-origin': '*',
      'x-event-id': verdict.event.event_id,
    },
  })
}

/** What a pixel's HEAD answers: the same headers, and no event. */
export function answerPixelHead(): Response {
  return new Response(null, { headers: { 'content-type': 'image/gif', ...NO_STORE } })
}

function refuse(edge: Edge, refusal: Refusal, siteId?: string, url?: string, sender?: Sender): Response {
  edge.stats.reject(refusal.code)
  if (url !== undefined && refusal.code !== 'rate_limited')
    edge.rejections.report(refusal, siteId ?? '', pathOf(url), sender)
  return refusalResponse(refusal)
}

/** Path and query of an absolute URL. */
function pathOf(url: string): string {
  return url.slice(url.indexOf('/', url.indexOf('//') + 2))
}
