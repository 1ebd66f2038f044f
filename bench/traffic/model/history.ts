/**
 * The past: every sending of a span of time, in the order of sending.
 *
 * - What happened at an instant depends on the seed and the instant only: another span, or the same span later, gives the
 *   very same events where they overlap. So history can be sent again and counts once.
 */
import { randomOf } from '../random.ts'
import { DAY_MS } from './calendar.ts'
import type { Sending, TrafficEvent } from './event.ts'
import { birthsOf, LIFE_DAYS, lifeOf, type World } from './life.ts'
import { crawlerView, sendingsOf } from './mishaps.ts'

/** Crawler page views on a day, for each new player. */
const CRAWLS = 0.15

/** @param from first instant, @param to the instant after the last; milliseconds since 1970 */
export function* history(world: World, from: number, to: number): Generator<Sending> {
  const lastDay = Math.floor(to / DAY_MS)
  const byDay = new Map<number, Sending[]>()
  const keep = (sending: Sending) => {
    const day = Math.floor(sending.at / DAY_MS)
    const sendings = byDay.get(day)
    if (sendings) sendings.push(sending)
    else byDay.set(day, [sending])
  }
  for (let day = Math.floor(from / DAY_MS) - LIFE_DAYS; day <= lastDay; day += 1) {
    for (const event of eventsOfBirths(world, day)) {
      if (event.occurred_at >= from && event.occurred_at < to)
        sendingsOf(randomOf(event.event_id), event).forEach(keep)
    }
    // Lives only go forward, so nothing of this day is still to come.
    const sendings = (byDay.get(day) ?? []).filter(({ at }) => at < to)
    byDay.delete(day)
    yield* sendings.sort((a, b) => a.at - b.at)
  }
}

function* eventsOfBirths(world: World, day: number): Generator<TrafficEvent> {
  for (const { banner, count } of birthsOf(world, day))
    for (let number = 0; number < count; number += 1) yield* lifeOf(world.seed, day, banner, number)
  const random = randomOf(world.seed, 'crawler', day)
  for (let index = random.poisson(world.players * CRAWLS); index > 0; index -= 1)
    yield crawlerView(random, `${world.seed}/${day}/${index}`, Math.floor((day + random.next()) * DAY_MS))
}
