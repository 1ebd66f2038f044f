/** `POST /api/events`: up to 1,000 events from a script or a server, each with its verdict. */
import { makeDurable, withinSiteRate } from '../accept.ts'
import type { HeaderReader } from '../clients/address.ts'
import type { Edge } from '../edge.ts'
import { blamedSite } from '../intake/blame.ts'
import { BODY_NAMES } from '../intake/fields.ts'
import { readBody } from '../intake/read-body.ts'
import { type Judged, readEvent } from '../intake/read-event.ts'
import { Refusal } from '../intake/refusal.ts'
import { browserSender, type Sender } from '../intake/sender.ts'
import { sentObject } from '../intake/sent.ts'
import { NO_STORE, refusalResponse, unavailableResponse } from '../problem.ts'
import { rawText } from '../rejections/raw-text.ts'

export const EVENTS_PATH = '/api/events'
export const VERDICT_HEADERS = { 'content-type': 'application/json', ...NO_STORE } as const

/** What became of a body's events. */
export interface Verdicts {
  /** How many are durable now. */
  readonly accepted: number
  readonly rejected: readonly { index: number; code: string; field: string; message: string }[]
}

/**
 * Judges the events of a body and makes the accepted ones durable. The headers are read before anything is waited for.
 * @param socket the peer's address
 * @returns the verdicts, or why the whole body is refused
 * @throws SinkError when no sink took the accepted ones
 */
export async function takeEvents(
  edge: Edge,
  body: Uint8Array,
  headers: HeaderReader,
  socket: string | undefined,
): Promise<Verdicts | Refusal> {
  const sender = senderOf(edge, headers, socket)
  if (sender instanceof Refusal) return count(edge, sender, '', '')
  const elements = await elementsOf(edge, body, headers, sender)
  if (elements instanceof Refusal) return count(edge, elements, '', '')

  const accepted: Judged[] = []
  const rejected: Verdicts['rejected'][number][] = []
  elements.forEach((element, index) => {
    const verdict = judge(edge, element, sender)
    if (!(verdict instanceof Refusal)) accepted.push(verdict)
    else rejected.push({ index, code: verdict.code, field: verdict.field, message: verdict.message })
  })
  await makeDurable(edge, accepted)
  return { accepted: accepted.length, rejected }
}

/** 202 with a verdict per event when one was accepted, else 4xx. */
export function eventsResponse(taken: Verdicts | Refusal): Response {
  if (taken instanceof Refusal) return refusalResponse(taken)
  return Response.json(taken, { status: taken.accepted > 0 ? 202 : 400, headers: VERDICT_HEADERS })
}

/** Answers the verdicts, or 503 when the accepted events could not be kept. */
export async function answerEvents(
  edge: Edge,
  request: Request,
  socket: string | undefined,
): Promise<Response> {
  const body = new Uint8Array(await request.arrayBuffer())
  try {
    return eventsResponse(await takeEvents(edge, body, request.headers, socket))
  } catch (error) {
    return unavailableResponse(edge.stats, error)
  }
}

/** The elements of the body, when the sender's address may send as many. */
async function elementsOf(
  edge: Edge,
  body: Uint8Array,
  headers: HeaderReader,
  sender: Sender,
): Promise<(object | Refusal)[] | Refusal> {
  const limited = withinAddressRate(edge, sender, 1)
  if (limited) return limited
  const elements = await readBody(body, headers.get('content-encoding'))
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
  const sent = sentObject(element)
  const judged = readEvent(sent, BODY_NAMES, sender, edge.judge)
  const verdict = judged instanceof Refusal ? judged : withinSiteRate(edge, judged)
  if (!(verdict instanceof Refusal)) return verdict
  return count(edge, verdict, blamedSite(sent, BODY_NAMES, sender, edge.judge), rawText(element), sender)
}

function count(edge: Edge, refusal: Refusal, siteId: string, raw: string, sender?: Sender): Refusal {
  edge.stats.reject(refusal.code)
  if (refusal.code !== 'rate_limited') edge.rejections.report(refusal, siteId, raw, sender)
  return refusal
}

/** The sender of a request, as a server when it carries a server's key. */
function senderOf(edge: Edge, headers: HeaderReader, socket: string | undefined): Sender | Refusal {
  const sender = browserSender(headers, edge.addressOf(socket, headers))
  const authorization = headers.get('authorization')
  if (authorization === null) return sender
  const key = /^Bearer +(\S{16,256})$/i.exec(authorization)?.[1]
  const site = key === undefined ? undefined : edge.siteOfServerKey(key)
  if (!site) return new Refusal('bad_key', '', 'no site has this server key')
  return { ...sender, page: undefined, originDomain: undefined, isServer: true, site }
}
