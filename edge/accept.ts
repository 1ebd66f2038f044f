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
  const fresh = accepted.filter((judged) => !isRepeat(edge, judged))
  if (fresh.length === 0) return
  await edge.publisher.publish(fresh.map(({ event }) => entryOf(event, edge.partitions)))
  for (const judged of fresh) note(edge, judged)
}

/** The same for one event, as pixels are: with one promise and without lists. @throws SinkError when no sink took it */
export function makeOneDurable(edge: Edge, judged: Judged): Promise<void> {
  if (isRepeat(edge, judged)) return Promise.resolve()
  return edge.publisher.publish([entryOf(judged.event, edge.partitions)]).then(() => note(edge, judged))
}

/** Whether the event was made durable a moment ago; counts it then. */
function isRepeat({ recent, stats }: Edge, { event, isNamed }: Judged): boolean {
  const isKnown = isNamed && recent.has(event.site_id, event.event_id)
  if (isKnown) stats.deduplicated += 1
  return isKnown
}

/** Notes an event that is durable now. */
function note({ recent, stats }: Edge, { event, isNamed }: Judged): void {
  stats.accept(event.event_type)
  if (isNamed) recent.add(event.site_id, event.event_id)
}
