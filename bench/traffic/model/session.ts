/** One session of a player: the banner's pixel, some pages, and what the player does there. Times only go forward. */
import { eventIdOf } from '../event-ids.ts'
import type { Random } from '../random.ts'
import type { Banner } from './banners.ts'
import type { TrafficEvent } from './event.ts'
import type { Person } from './people.ts'

export interface Player {
  readonly player_id: string
  readonly visitor_id: string
  readonly banner: Banner
  readonly person: Person
}

/** What happens in a session beyond looking at pages. */
export interface Plan {
  /** Whether the player comes through the banner, so that its pixel fires. */
  readonly visit: boolean
  readonly registration: boolean
  readonly deposit: boolean
}

type Page = readonly [domain: string, path: string]

const PAGES: readonly [Page, ...Page[]] = [
  ['www.luckyfox.example', '/'],
  ['www.luckyfox.example', '/games/slots'],
  ['www.luckyfox.example', '/games/live-roulette'],
  ['www.luckyfox.example', '/promotions'],
  ['sports.luckyfox.example', '/football'],
  ['sports.luckyfox.example', '/football/live'],
  ['sports.luckyfox.example', '/tennis'],
  ['www.luckyfox.example', '/help/payments'],
]
const LANDING: Page = ['go.luckyfox.example', '/welcome']
const REGISTER: Page = ['www.luckyfox.example', '/register']
const CASHIER: Page = ['www.luckyfox.example', '/cashier']

/** Mean seconds between two steps of a session. */
const STEP_S = 25
/** Euros in other currencies, near enough for a demo. */
const RATES = { EUR: 1, GBP: 0.86, USD: 1.1 } as const

/**
 * The session's events in order.
 * @param id makes the events' ids and the session's; the same id with the same random gives the same events
 * @param start milliseconds since 1970
 */
export function sessionOf(
  random: Random,
  player: Player,
  plan: Plan,
  id: string,
  start: number,
): TrafficEvent[] {
  const { banner, person, player_id, visitor_id } = player
  const events: TrafficEvent[] = []
  let time = start
  let before = banner.referrer
  const add = (event_type: TrafficEvent['event_type'], [domain, path]: Page, more: object = {}) => {
    events.push({
      event_id: eventIdOf('demo', id, events.length),
      event_type,
      occurred_at: Math.floor(time),
      visitor_id,
      session_id: eventIdOf('session', id),
      domain,
      path,
      ...(before && { referrer: before }),
      viewport_width: person.viewport[0],
      viewport_height: person.viewport[1],
      source_ip: person.source_ip,
      user_agent: person.user_agent,
      ...more,
    })
    before = `https://${domain}${path}`
    time += 1_000 + random.exponential(STEP_S * 1_000)
  }
  const known = { player_id, banner_tag: banner.tag }
  if (plan.visit) add('visit', LANDING, { ...known, metadata: { s: banner.tag.split('-')[0], b: '1' } })
  for (let pages = random.poisson(1.6); pages > 0; pages -= 1) {
    add('page_view', random.pick(PAGES))
    if (random.chance(0.25)) add('click', random.pick(PAGES), { metadata: { element: 'play-now' } })
  }
  if (plan.registration) {
    add('page_view', REGISTER)
    add('registration', REGISTER, known)
  }
  if (plan.deposit) {
    add('page_view', CASHIER, { player_id })
    add('deposit', CASHIER, { ...known, ...depositOf(random, player, id) })
  }
  return events
}

function depositOf(random: Random, { banner, person }: Player, id: string) {
  const amount = random.lognormal(banner.medianDeposit, 0.8) * RATES[person.currency]
  // Most people type a round number.
  const typed = random.chance(0.7) ? Math.max(5, Math.round(amount / 5) * 5) : Math.max(5, amount)
  return {
    amount: typed.toFixed(2),
    currency: person.currency,
    transaction_id: `tx-${eventIdOf('deposit', id).slice(0, 18)}`,
  }
}
