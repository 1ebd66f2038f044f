/**
 * The present: sendings one after the other from an instant on, for ever, at a mean rate.
 *
 * - New traffic in every run: ids follow from the seed and the instant it starts.
 * - New players live their first session at once; players of the past week come back, and only who was registered deposits.
 */
import { type Random, randomOf } from '../random.ts'
import { BANNERS } from './banners.ts'
import { campaignHealth, DAY_MS } from './calendar.ts'
import type { Sending } from './event.ts'
import { bornOn, lifeOf, playerOf, type World } from './life.ts'
import { sendingsOf } from './mishaps.ts'
import { type Plan, type Player, sessionOf } from './session.ts'

/** Sendings a session makes on average; a test holds it. */
export const SENDINGS_PER_SESSION = 3.5

/** Part of the sessions that are of players who were here before. */
const RETURNING = 0.4

/** So long after its start the stream has its rate: sessions take a while to get going. */
const WARM_UP_MS = 120_000

/**
 * Live traffic that has its rate at once: its sessions began a little before.
 * @returns `recent`: what those sessions did until now; `coming`: what is sent from now on
 */
export function liveFrom(world: World, now: number, rate: number) {
  const stream = live(world, now - WARM_UP_MS, rate)
  const recent: Sending[] = []
  let next = stream.next().value
  for (; next.at < now; next = stream.next().value) recent.push(next)
  return { recent, coming: startingWith(next, stream) }
}

function* startingWith(first: Sending, rest: Generator<Sending, never>): Generator<Sending> {
  yield first
  yield* rest
}

/**
 * @param start milliseconds since 1970
 * @param rate sendings a second, on average
 */
export function* live(world: World, start: number, rate: number): Generator<Sending, never> {
  const random = randomOf(world.seed, 'live', start)
  const meanPauseMs = (1_000 * SENDINGS_PER_SESSION) / rate
  let waiting: Sending[] = []
  for (let time = start, session = 0; ; session += 1) {
    time += random.exponential(meanPauseMs)
    const due = waiting.filter(({ at }) => at <= time)
    waiting = waiting.filter(({ at }) => at > time)
    yield* due.sort((a, b) => a.at - b.at)
    const id = `${world.seed}/live/${start}/${session}`
    const visitor = random.chance(RETURNING)
      ? (returning(world, random, time) ?? newcomer(world, random, time, id))
      : newcomer(world, random, time, id)
    const events = sessionOf(visitor.random, visitor.player, visitor.plan, id, time)
    waiting.push(...events.flatMap((event) => sendingsOf(random, event)))
  }
}

interface Visitor {
  readonly player: Player
  readonly plan: Plan
  readonly random: Random
}

function newcomer({ seed }: World, random: Random, now: number, id: string): Visitor {
  const day = Math.floor(now / DAY_MS)
  const [first, ...rest] = BANNERS.map(
    (banner) => [banner, banner.share * campaignHealth(seed, day, banner)] as const,
  )
  const banner = first ? random.weighted([first, ...rest]) : BANNERS[0]
  const life = playerOf(seed, id, banner, 0)
  const registration = random.chance(banner.registers)
  const deposit = registration && random.chance(banner.deposits)
  return { ...life, plan: { visit: true, registration, deposit } }
}

/** A player of one of the last seven days; undefined when the one drawn does not exist. */
function returning(world: World, random: Random, now: number): Visitor | undefined {
  const day = Math.floor(now / DAY_MS) - 1 - random.index(7)
  const banner = random.pick(BANNERS)
  const count = bornOn(world, day, banner)
  if (count === 0) return undefined
  const number = random.index(count)
  const past = lifeOf(world.seed, day, banner, number).filter(({ occurred_at }) => occurred_at < now)
  const isRegistered = past.some(({ event_type }) => event_type === 'registration')
  const { player } = playerOf(world.seed, day, banner, number)
  return {
    player,
    random,
    plan: { visit: true, registration: false, deposit: isRegistered && random.chance(0.4) },
  }
}
