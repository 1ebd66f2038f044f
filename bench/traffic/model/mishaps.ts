/** What goes wrong on real sites: pixels that fire twice, pixels somebody built wrong, crawlers. */
import { eventIdOf } from '../event-ids.ts'
import type { Random } from '../random.ts'
import type { Sending, TrafficEvent } from './event.ts'
import { CRAWLER } from './people.ts'

/** Parts of all events. */
const DUPLICATES = 0.012
const BAD = 0.002

/** The sendings an event leads to: itself, now and then itself again, now and then a broken sibling. */
export function sendingsOf(random: Random, event: TrafficEvent): Sending[] {
  const at = event.occurred_at
  const sendings: Sending[] = [{ at, event, kind: 'good' }]
  if (random.chance(DUPLICATES))
    sendings.push({ at: at + Math.ceil(random.exponential(8_000)), event, kind: 'duplicate' })
  if (random.chance(BAD)) sendings.push({ at, event: brokenSibling(random, event), kind: 'bad' })
  return sendings
}

/** A pixel of a partner who forgot the banner, or who writes amounts for people. */
function brokenSibling(random: Random, { banner_tag, amount, ...event }: TrafficEvent): TrafficEvent {
  const event_id = eventIdOf('bad', event.event_id)
  const player_id = event.player_id ?? 'guest'
  return random.chance(0.6)
    ? { ...event, event_id, player_id, event_type: 'visit' }
    : {
        ...event,
        event_id,
        player_id,
        event_type: 'deposit',
        banner_tag: banner_tag ?? 'partner-page',
        amount: `${amount ?? '25'} EUR`,
        currency: 'EUR',
      }
}

/** A page a crawler looks at. */
export function crawlerView(random: Random, id: string, at: number): TrafficEvent {
  return {
    event_id: eventIdOf('crawler', id),
    event_type: 'page_view',
    occurred_at: at,
    domain: 'www.luckyfox.example',
    path: random.pick(['/', '/robots.txt', '/promotions', '/sitemap.xml']),
    source_ip: `66.249.66.${random.index(256)}`,
    user_agent: CRAWLER,
  }
}
