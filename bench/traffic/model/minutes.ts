/**
 * The same traffic as counts: how many events of a type a banner has in a minute, for weeks of large volumes in seconds.
 *
 * Follows the model's calendar and campaigns (hours, weekdays, each day's mood, what a banner's players do), but draws each
 * minute's count at once instead of living each player's life. No campaign breaks here.
 */
import { type Random, randomOf } from '../random.ts'
import { BANNERS, type Banner } from './banners.ts'
import { DAY_MS, hourShape, moodOf, weekdayShape } from './calendar.ts'

const MINUTE_MS = 60_000

export interface MinuteCount {
  /** Minutes since 1970. */
  readonly minute: number
  readonly event_type: 'visit' | 'page_view' | 'click' | 'registration' | 'deposit'
  /** Empty for pages and clicks, as on a site. */
  readonly banner_tag: string
  readonly count: number
}

export interface Minutes {
  readonly seed: number
  /** Visits on an average day. */
  readonly visits: number
  /** How many milliseconds the players' clocks are ahead of UTC at an instant. */
  offsetAt(at: number): number
  /** What part of its usual traffic a banner has at an instant; for campaigns that begin and end. */
  part?(banner: Banner, at: number): number
}

/** Every count that is not zero, minute after minute, in [from, to) (minutes since 1970). */
export function* minuteCounts(world: Minutes, from: number, to: number): Generator<MinuteCount> {
  const moods = new Map<string, number>()
  for (let minute = from; minute < to; minute += 1) {
    const at = minute * MINUTE_MS
    const local = at + world.offsetAt(at)
    const day = Math.floor(local / DAY_MS)
    const random = randomOf(world.seed, 'minute', minute)
    const usual = (world.visits / (DAY_MS / MINUTE_MS)) * hourShape(local) * weekdayShape(day)
    let pages = 0
    for (const banner of BANNERS) {
      const moodKey = `${day} ${banner.tag}`
      const mood = moods.get(moodKey) ?? moodOf(world.seed, day, banner)
      moods.set(moodKey, mood)
      const rate = usual * banner.share * mood * (world.part?.(banner, at) ?? 1)
      pages += rate
      yield* countsOf(random, minute, banner, rate)
    }
    yield* some(minute, 'page_view', '', random.poisson(pages * 2))
    yield* some(minute, 'click', '', random.poisson(pages * 0.4))
  }
}

function* countsOf(random: Random, minute: number, { tag, registers, deposits }: Banner, rate: number) {
  yield* some(minute, 'visit', tag, random.poisson(rate))
  yield* some(minute, 'registration', tag, random.poisson(rate * registers * 0.5))
  yield* some(minute, 'deposit', tag, random.poisson(rate * registers * deposits * 1.5))
}

function* some(minute: number, event_type: MinuteCount['event_type'], banner_tag: string, count: number) {
  if (count > 0) yield { minute, event_type, banner_tag, count } satisfies MinuteCount
}
