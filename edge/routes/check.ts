/**
 * `GET /check?url=…`: what the edge would make of a pixel's address, as a person tries it: judged by the same rules, and nothing is
 * written, counted, limited or reported.
 *
 * - Only for METRICS_NETWORKS; for others there is nothing here. No page of another origin may read the answer.
 * - The address is never asked for: only its path's last part and its query are read.
 */
import { QUERY_NAMES } from '../intake/fields.ts'
import { PIXELS } from '../intake/pixels.ts'
import { sentQuery } from '../intake/query.ts'
import { type Judge, readEvent } from '../intake/read-event.ts'
import { REFUSAL_CODES, Refusal } from '../intake/refusal.ts'
import { browserSender } from '../intake/sender.ts'
import { problem } from '../problem.ts'

/** Answers the verdict on the pixel that `url` is; 400 when it is none. */
export function answerCheck(judge: Judge, request: Request): Response {
  const url = URL.parse(new URL(request.url).searchParams.get('url') ?? '')
  const pixel = url && PIXELS.get(url.pathname.slice(url.pathname.lastIndexOf('/')))
  if (!pixel) {
    const detail = `url must be the address of a pixel: one that ends in ${[...PIXELS.keys()].join(', ')}`
    return problem(400, 'No pixel', { code: 'not_a_pixel', field: 'url', detail })
  }
  const sent = sentQuery(url.search)
  const sender = browserSender(request.headers, undefined)
  const judged = sent instanceof Refusal ? sent : readEvent(sent, QUERY_NAMES, sender, judge, pixel.type)
  return Response.json(verdictOf(judged), { headers: { 'cache-control': 'no-store' } })
}

function verdictOf(judged: ReturnType<typeof readEvent>) {
  if (!(judged instanceof Refusal))
    return { accepted: true, event: judged.event, is_named: judged.isNamed } as const
  const { code, field, message } = judged
  return { accepted: false, code, field, title: REFUSAL_CODES[code], message } as const
}
