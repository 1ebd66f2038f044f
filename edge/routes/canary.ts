/**
 * `POST /canary?via=…`: sends a canary the way of all events and answers when it is durable. Only for METRICS_NETWORKS; for others there
 * is nothing here.
 */
import { CANARY_MARK, CANARY_SITE } from '@rtpx/kafka/canary'
import type { Edge } from '../edge.ts'
import { NO_STORE, problem, unavailableResponse } from '../problem.ts'

/** What a caller may call this edge: an address, or a name. */
const VIA = /^[\w.:/[\]-]{0,200}$/

/** Answers 202 with the canary's id and the edge's time, 503 when no sink takes it. */
export async function answerCanary(edge: Edge, request: Request): Promise<Response> {
  const via = new URL(request.url).searchParams.get('via') ?? ''
  if (!VIA.test(via)) {
    const detail = 'via must be an address or a name of letters, digits and . : / [ ] _ -'
    return problem(400, 'No name of an edge', { code: 'bad_field', field: 'via', detail })
  }
  const { judge, publisher, partitions } = edge
  const created_at = judge.now()
  const event_id = judge.newId()
  const canary = {
    event_id,
    site_id: CANARY_SITE,
    event_type: 'canary',
    domain: via,
    occurred_at: created_at,
    created_at,
    event_date: new Date(created_at).toISOString().slice(0, 10),
    // Read by the direct sink's table alone; behind Kafka the door tells a canary by its site.
    queue_error: CANARY_MARK,
  }
  try {
    // Any partition: over the minutes each is tried.
    const partition = Bun.hash.xxHash32(event_id) % partitions
    await publisher.publish([{ partition, line: JSON.stringify(canary) }])
  } catch (error) {
    return unavailableResponse(edge.stats, error)
  }
  return Response.json({ event_id, created_at }, { status: 202, headers: NO_STORE })
}
