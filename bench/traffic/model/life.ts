/**
 * A player's life: first visit, perhaps a registration, perhaps deposits, returns that grow rarer.
 *
 * - It follows from the seed, the day and the player's number alone, whatever else is generated.
 * - At most one registration, after the first visit; deposits only after it; nothing after `LIFE_DAYS`.
 * - Who comes for the first time while the campaign is broken never comes.
 */
import { type Random, randomOf } from '../random.ts'
import { BANNERS, type Banner } from './banners.ts'
import { campaignHealth, DAY_MS, timeOfDay, weekdayShape } from './calendar.ts'
import type { TrafficEvent } from './event.ts'
import { personOf } from './people.ts'
import { type Player, sessionOf } from './session.ts'

export const LIFE_DAYS = 30

export interface World {
  readonly seed: number
  /** New players on an average day. */
  readonly players: number
}

/** How many players a banner brings on a day (days since 1970 in UTC). */
export function bornOn({ seed, players }: World, day: number, banner: Banner): number {
  const random = randomOf(seed, 'born', day, banner.tag)
  const mood = random.lognormal(1, 0.08)
  return random.poisson(players * banner.share * weekdayShape(day) * mood * campaignHealth(seed, day, banner))
}

/** The player with a number among those a banner brings on a day; `random` goes on with the life. */
export function playerOf(seed: number, day: number | string, banner: Banner, number: number) {
  const random = randomOf(seed, 'life', day, banner.tag, number)
  const player: Player = {
    player_id: String(1_000_000_000 + random.index(9_000_000_000)),
    visitor_id: `v${random.index(2 ** 40).toString(36)}${random.index(2 ** 20).toString(36)}`,
    banner,
    person: personOf(random, banner),
  }
  return { player, random }
}

/** Everything a player ever does, in order. */
export function lifeOf(seed: number, day: number, banner: Banner, number: number): TrafficEvent[] {
  const { player, random } = playerOf(seed, day, banner, number)
  const willRegister = random.chance(banner.registers)
  const willDeposit = willRegister && random.chance(banner.deposits)
  const events: TrafficEvent[] = []
  let end = 0
  let isRegistered = false
  let hasDeposited = false
  const starts = sessionStarts(random, day, player.person.offsetHours, willRegister)
  for (const [index, start] of starts.entries()) {
    // Sessions of one player never overlap.
    if (start < end) continue
    const visit = index === 0 || random.chance(0.5)
    if (visit && !isReachable(seed, banner, random, start)) {
      if (events.length === 0) return []
      continue
    }
    const registration: boolean = willRegister && !isRegistered && random.chance(index === 0 ? 0.7 : 0.6)
    isRegistered ||= registration
    const deposit: boolean = willDeposit && isRegistered && random.chance(hasDeposited ? 0.35 : 0.6)
    hasDeposited ||= deposit
    const plan = { visit, registration, deposit }
    const session = sessionOf(random, player, plan, `${seed}/${day}/${banner.tag}/${number}/${index}`, start)
    events.push(...session)
    end = session.at(-1)?.occurred_at ?? start
  }
  return events
}

/** Whether the banner leads anywhere at that moment. */
function isReachable(seed: number, banner: Banner, random: Random, start: number): boolean {
  const health = campaignHealth(seed, Math.floor(start / DAY_MS), banner)
  return health === 1 || random.chance(health)
}

function sessionStarts(random: Random, day: number, offsetHours: number, isKeen: boolean): number[] {
  const starts = [day * DAY_MS + timeOfDay(random, offsetHours)]
  for (let later = 1; later < LIFE_DAYS; later += 1) {
    if (random.chance(isKeen ? 0.4 * 0.93 ** later : 0.12 * 0.8 ** later))
      starts.push((day + later) * DAY_MS + timeOfDay(random, offsetHours))
  }
  return starts
}

/** Every banner with the number of players it brings on a day. */
export function birthsOf(world: World, day: number): { banner: Banner; count: number }[] {
  return BANNERS.map((banner) => ({ banner, count: bornOn(world, day, banner) }))
}
