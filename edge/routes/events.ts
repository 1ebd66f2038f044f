/** `POST /api/events`: up to 1,000 events from a script or a server, each with its verdict. */
import { makeDurable, withinSiteRate } from '../accept.ts'
import type { Edge } from '../edge.ts'
import { blamedSite } from '../intake/blame.ts'
import { BODY_NAMES } from '../intake/fields.ts'
import { MAX_BODY_BYTES, readBody, tooLarge } from '../intake/read-body.ts'
import { type Judged, readEvent } from '../intake/read-event.ts'
import { Refusal } from '../intake/refusal.ts'
import { browserSender, type Sender } from '../intake/sender.ts'
import { NO_STORE, refusalResponse, unavailableResponse } from '../problem.ts'
import { rawText } from '../rejections/raw-text.ts'

/** Answers 202 with a verdict per event once the accepted ones are durable; 4xx when none was accepted, 503 when none could be kept. */
export async function answerEvents(
  edge: Edge,
  request: Request,
  socket: string | undefined,
): Promise<Response> {
  const sender = senderOf(edge, request, socket)
  if (sender instanceof Refusal) return refuseWhole(edge, sender)
  const elements = await elementsOf(edge, request, sender)
  if (elements instanceof Refusal) return refuseWhole(edge, elements)

  const verdicts = elements.map((element) => judge(edge, element, sender))
  const accepted = verdicts.flatMap((verdict) => (verdict instanceof Refusal ? [] : [verdict]))
  try {
    await makeDurable(edge, accepted)
  } catch (error) {
    return unavailableResponse(edge.stats, error)
  }
  const rejected = verdicts.flatMap((verdict, index) =>
    verdict instanceof Refusal
      ? [{ index, code: verdict.code, field: verdict.field, message: verdict.message }]
      : [],
  )
  return Response.json(
    { accepted: accepted.length, rejected },
    { status: accepted.length > 0 ? 202 : 400, headers: NO_STORE },
  )
}

/** The elements of the body, when the sender's address may send as many. */
async function elementsOf(
  edge: Edge,
  request: Request,
  sender: Sender,
): Promise<(object | Refusal)[] | Refusal> {
  if (Number(request.headers.get('content-length')) > MAX_BODY_BYTES) return tooLarge()
  const limited = withinAddressRate(edge, sender, 1)
  if (limited) return limited
  const body = new Uint8Array(await request.arrayBuffer())
  const elements = await readBody(body, request.headers.get('content-encoding'))
  if (elements instanceof Refusal) return elements
  // The first event was paid for before the body was read.
  return withinAddressRate(edge, sender, elements.length - 1) ?? elements
}

/** A server with a key is trusted to send for many visitors from one address. */
function withinAddressRate(edge: Edge, sender: Sender, events: number): Refusal | undefined {
  if (sender.isServer || events === 0) return undefined
  const wait = edge.gate.waitOfAddress(sender.sourceIp, events)
  return wait > 0 ? new Refusal('rate_limited', '', 'too many events from this address', wait) : undefined
}

function judge(edge: Edge, element: object | Refusal, sender: Sender): Judged | Refusal {
  if (element instanceof Refusal) return count(edge, element, sender.site?.site_id ?? '', '')
  const pairs = Object.entries(element)
  const judged = readEvent(pairs, BODY_NAMES, sender, edge.judge)
  const verdict = judged instanceof Refusal ? judged : withinSiteRate(edge, judged)
  if (!(verdict instanceof Refusal)) return verdict
  return count(edge, verdict, blamedSite(pairs, BODY_NAMES, sender, edge.judge), rawText(element), sender)
}

function count(edge: Edge, refusal: Refusal, siteId: string, raw: string, sender?: Sender): Refusal {
  edge.stats.reject(refusal.code)
  if (refusal.code !== 'rate_limited') edge.rejections.report(refusal, siteId, raw, sender)
  return refusal
}

function refuseWhole(edge: Edge, refusal: Refusal): Response {
  return refusalResponse(count(edge, refusal, '', ''))
}

/** The sender of a request, as a server when it carries a server's key. */
function senderOf(edge: Edge, request: Request, socket: string | undefined): Sender | Refusal {
  const sender = browserSender(request.headers, edge.addressOf(socket, request.headers))
  const authorization = request.headers.get('authorization')
  if (authorization === null) return sender
  const key = /^Bearer +(\S{16,256})$/i.exec(authorization)?.[1]
  const site = key === undefined ? undefined : edge.siteOfServerKey(key)
  if (!site) return new Refusal('bad_key', '', 'no site has this server key')
  return { ...sender, page: undefined, originDomain: undefined, isServer: true, site }
}
