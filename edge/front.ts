/**
 * What stands between the sockets and the routes: plain pixels and plain batches are judged and answered right here, without the
 * objects a Request and a Response are; everything else becomes a Request for Elysia's routes.
 *
 * - A plain pixel is a GET without a body whose path is a pixel's, letter for letter, and whose address is ASCII without a fragment.
 * - A plain batch is a POST with a body whose whole address is that of events.
 * - Both ways end in the same functions, so that an event is judged alike however it came.
 * - Who sends more than it may waits for the refusal: a flood over a bounded number of connections then costs next to nothing.
 */
import type { edgeApp } from './app.ts'
import type { Edge } from './edge.ts'
import { PIXEL_GIF } from './gif.ts'
import { answerOf, headerLines, RepeatedAnswer, textAnswer } from './http/answer.ts'
import type { Connection } from './http/connection.ts'
import type { Head } from './http/head.ts'
import { HTTP_REFUSAL_CODES, type HttpRefusal } from './http/refusal.ts'
import { PIXELS } from './intake/pixels.ts'
import { Refusal } from './intake/refusal.ts'
import { setPeer } from './peer.ts'
import { PROBLEM_HEADERS, problem, problemText, refusalResponse, unavailableResponse } from './problem.ts'
import { EVENTS_PATH, eventsResponse, takeEvents, VERDICT_HEADERS } from './routes/events.ts'
import { PIXEL_HEADERS, takePixel } from './routes/pixel.ts'

const UUID_LENGTH = 36
/** How long a 429 is held back. Its sender may not ask again for a second anyway. */
const LIMITED_ANSWER_MS = 1_000
const gif = new RepeatedAnswer(headerLines(PIXEL_HEADERS), 'x-event-id', UUID_LENGTH, PIXEL_GIF)
const verdictHeaders = headerLines(VERDICT_HEADERS)

type Body = Uint8Array<ArrayBuffer> | undefined

/** What the server calls for each request. */
export function front(edge: Edge, app: ReturnType<typeof edgeApp>) {
  return (head: Head, body: Body, connection: Connection): void => {
    if (head.method === 'GET' && body === undefined && head.isTargetPlain) {
      const { target } = head
      const query = target.indexOf('?')
      const pixel = PIXELS.get(query < 0 ? target : target.slice(0, query))
      if (pixel && !target.includes('#')) {
        answerPixel(edge, head, target, pixel.type, connection)
        return
      }
    }
    if (head.method === 'POST' && body !== undefined && head.target === EVENTS_PATH)
      answerBatch(edge, head, body, connection)
    else void answerRequest(edge, app, head, body, connection)
  }
}

function answerPixel(
  edge: Edge,
  head: Head,
  target: string,
  type: string | undefined,
  connection: Connection,
) {
  const taken = takePixel(edge, target, head, connection.address, type)
  if (taken instanceof Refusal) {
    void send(edge, refusalResponse(taken), false, connection)
    return
  }
  const { event_id } = taken.event
  taken.durable.then(
    () => connection.send(gif.with(event_id, connection.endsAfterAnswer)),
    (error: unknown) => sendUnavailable(edge, error, connection),
  )
}

function answerBatch(edge: Edge, head: Head, body: Uint8Array, connection: Connection): void {
  takeEvents(edge, body, head, connection.address).then(
    (taken) => {
      if (taken instanceof Refusal || taken.accepted === 0)
        void send(edge, eventsResponse(taken), false, connection)
      else connection.send(textAnswer(202, verdictHeaders, JSON.stringify(taken), connection.endsAfterAnswer))
    },
    (error: unknown) => sendUnavailable(edge, error, connection),
  )
}

/** What is no failure of a sink is told as a failure of the edge. */
function sendUnavailable(edge: Edge, error: unknown, connection: Connection): Promise<void> {
  return send(edge, Promise.try(unavailableResponse, edge.stats, error), false, connection)
}

/** Hands a request to the routes. The head is read before anything is waited for. */
function answerRequest(
  edge: Edge,
  app: ReturnType<typeof edgeApp>,
  head: Head,
  body: Body,
  connection: Connection,
): Promise<void> {
  const isHead = head.method === 'HEAD'
  const request = requestOf(head, body)
  if (!request) {
    const detail = 'the address or a header can’t be read'
    const body = { code: 'bad_request', field: '', detail }
    return send(edge, problem(400, HTTP_REFUSAL_CODES.bad_request, body), isHead, connection)
  }
  setPeer(request, connection.address)
  return send(edge, app.handle(request), isHead, connection)
}

async function send(
  edge: Edge,
  response: Response | Promise<Response>,
  isHead: boolean,
  connection: Connection,
) {
  try {
    const answer = await response
    if (answer.status === 429) {
      connection.release()
      await Bun.sleep(LIMITED_ANSWER_MS)
    }
    connection.send(await answerOf(answer, isHead, connection.endsAfterAnswer))
  } catch (error) {
    edge.onFailure(error)
    connection.cut()
  }
}

/** The request as Fetch has it; undefined when it can't be one. */
function requestOf(head: Head, body: Body): Request | undefined {
  const { method, target } = head
  // The edge is the same under any name, and Elysia finds the path of this one.
  const url = URL.parse(target.startsWith('/') ? `http://localhost${target}` : target)
  if (url?.protocol !== 'http:') return undefined
  url.host = 'localhost'
  try {
    const hasBody = body !== undefined && method !== 'GET' && method !== 'HEAD'
    return new Request(url.href, { method, headers: [...head.entries()], ...(hasBody && { body }) })
  } catch {
    return undefined
  }
}

/** The answer to what was refused before it was a request. */
export function refusalAnswer({ status, code, detail }: HttpRefusal): Uint8Array {
  const body = problemText(status, HTTP_REFUSAL_CODES[code], { code, field: '', detail })
  const headers = { ...PROBLEM_HEADERS, ...(status === 503 && { 'retry-after': '1' }) }
  return textAnswer(status, headerLines(headers), body, true)
}
