/** `POST /api/events`: up to 1,000 events from a script or a server, each with its verdict. */
import type { Edge } from '../edge.ts'
import { entryOf } from '../intake/entry.ts'
import { BODY_NAMES } from '../intake/fields.ts'
import { MAX_BODY_BYTES, readBody, tooLarge } from '../intake/read-body.ts'
import { readEvent } from '../intake/read-event.ts'
import { Refusal } from '../intake/refusal.ts'
import { browserSender, type Sender } from '../intake/sender.ts'
import { NO_STORE, refusalResponse, sinkResponse } from '../problem.ts'

/** Answers 202 with a verdict per event once the accepted ones are durable; 400 when none was, 503 when none could be kept. */
export async function answerEvents(
  edge: Edge,
  request: Request,
  sourceIp: string | undefined,
): Promise<Response> {
  const sender = senderOf(edge, request, sourceIp)
  if (sender instanceof Refusal) return refusalResponse(sender)
  if (Number(request.headers.get('content-length')) > MAX_BODY_BYTES) return refusalResponse(tooLarge())
  const body = new Uint8Array(await request.arrayBuffer())
  const elements = await readBody(body, request.headers.get('content-encoding'))
  if (elements instanceof Refusal) return refusalResponse(elements)

  const verdicts = elements.map((element) =>
    element instanceof Refusal ? element : readEvent(Object.entries(element), BODY_NAMES, sender, edge.judge),
  )
  const rejected = verdicts.flatMap((verdict, index) =>
    verdict instanceof Refusal
      ? [{ index, code: verdict.code, field: verdict.field, message: verdict.message }]
      : [],
  )
  const accepted = verdicts.flatMap((verdict) => (verdict instanceof Refusal ? [] : [verdict]))
  if (accepted.length > 0) {
    try {
      await edge.publisher.publish(accepted.map((event) => entryOf(event, edge.partitions)))
    } catch (error) {
      return sinkResponse(error)
    }
  }
  return Response.json(
    { accepted: accepted.length, rejected },
    { status: accepted.length > 0 ? 202 : 400, headers: NO_STORE },
  )
}

/** The sender of a request, as a server when it carries a server's key. */
function senderOf(edge: Edge, request: Request, sourceIp: string | undefined): Sender | Refusal {
  const sender = browserSender(request.headers, sourceIp)
  const authorization = request.headers.get('authorization')
  if (authorization === null) return sender
  const key = /^Bearer +(\S{16,256})$/i.exec(authorization)?.[1]
  const site = key === undefined ? undefined : edge.siteOfServerKey(key)
  if (!site) return new Refusal('bad_key', '', 'no site has this server key')
  return { ...sender, page: undefined, originDomain: undefined, isServer: true, site }
}
