/** The last steps of accepted events: within the site's rate, not seen a moment ago, and made durable. */
import type { Edge } from './edge.ts'
import { entryOf } from './intake/entry.ts'
import type { Judged } from './intake/read-event.ts'
import { Refusal } from './intake/refusal.ts'

/** The event, or a refusal when its site has had more than its share. */
export function withinSiteRate(edge: Edge, judged: Judged): Judged | Refusal {
  const { site_id } = judged.event
  const wait = edge.gate.waitOfSite(site_id, 1)
  return wait === 0
    ? judged
    : new Refusal('rate_limited', 'site_id', `the site ${site_id} sends more than it may`, wait)
}

/**
 * Makes events durable; what the client sends again after it was made durable is not sent on.
 * @throws SinkError when no sink took them
 */
export async function makeDurable(edge: Edge, accepted: readonly Judged[]): Promise<void> {
  const { recent, stats, publisher, partitions } = edge
  const fresh = accepted.filter(
    ({ event, isNamed }) => !(isNamed && recent.has(event.site_id, event.event_id)),
  )
  stats.deduplicated += accepted.length - fresh.length
  if (fresh.length > 0) await publisher.publish(fresh.map(({ event }) => entryOf(event, partitions)))
  for (const { event, isNamed } of fresh) {
    stats.accept(event.event_type)
    if (isNamed) recent.add(event.site_id, event.event_id)
  }
}

/** The same for one event; no list is made. @throws SinkError when no sink took it */
export function makeOneDurable(edge: Edge, accepted: Judged): Promise<void> {
  const { recent, stats, publisher, partitions } = edge
  const { event, isNamed } = accepted
  if (isNamed && recent.has(event.site_id, event.event_id)) {
    stats.deduplicated += 1
    return Promise.resolve()
  }
  return publisher.publishOne(entryOf(event, partitions)).then(() => {
    stats.accept(event.event_type)
    if (isNamed) recent.add(event.site_id, event.event_id)
  })
}
