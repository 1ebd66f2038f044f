/**
 * What is expected of one series in one hour. Pure.
 *
 * - Shape: for each five minutes, the median over up to four earlier weeks of the same local time of the week, each smoothed over
 *   just as much time, an hour at most, as a few hundred events need. A median of weeks bears one broken week (Tukey's resistance; as in Holt-Winters-free seasonal baselines,
 *   Cleveland's STL has the same purpose: `seriesDecomposeSTL` was not kept, it smooths a break into the season and wants dense series).
 * - Level: how the last day compares with its own shape, the median of five stretches of equal weight: a break shorter than
 *   half a day's traffic does not move it, a campaign that grows or ends takes it along within a day.
 * - Dispersion: moment estimate of the negative binomial's φ from the last week's hours, each deviation bounded
 *   (Huber 1981), drawn towards a usual value while hours are few.
 */

/** Five-minute slots of an hour. */
export const HOUR_SLOTS = 12
/** Slots on each side that smooth a slot of a thin series; a busy one is smoothed over fewer. */
export const SMOOTHING = 6
/** So many events of all weeks together make a slot of the shape, where an hour has them. */
export const SMOOTHED_EVENTS = 400

export interface HourSeen {
  /** Events expected without and with the recent level, and seen. */
  readonly base: number
  readonly expected: number
  readonly seen: number
}

export interface Forecast {
  /** Events expected in each five minutes of the hour. */
  readonly expected: number[]
  readonly base: number
  readonly level: number
  readonly dispersion: number
  readonly clustering: number
  readonly weeks: number
}

/**
 * @param weeks one list an earlier week: counts of the hour's slots with `SMOOTHING` more on each side
 * @param lastDay the last 24 hours whose traffic is complete, oldest first
 * @param lastWeek the last seven days' hours, for the dispersion
 * @param clustering how much its events come in clusters
 * @returns undefined when no earlier week is known
 */
export function forecastHour(
  weeks: readonly (readonly number[])[],
  lastDay: readonly HourSeen[],
  lastWeek: readonly HourSeen[],
  clustering: number,
): Forecast | undefined {
  if (weeks.length === 0) return undefined
  const side = sideFor(weeks)
  const smooth = weeks.map((week) => smoothed(week, side))
  const shape = Array.from({ length: HOUR_SLOTS }, (_, slot) => median(smooth.map((week) => week[slot] ?? 0)))
  const level = levelOf(lastDay)
  return {
    expected: shape.map((count) => count * level),
    base: shape.reduce((sum, count) => sum + count, 0),
    level,
    dispersion: dispersionOf(lastWeek, clustering),
    clustering,
    weeks: weeks.length,
  }
}

/** Slots on each side to smooth over. */
function sideFor(weeks: readonly (readonly number[])[]): number {
  const total = weeks.flat().reduce((sum, count) => sum + count, 0)
  const ofSlot = total / (HOUR_SLOTS + 2 * SMOOTHING)
  return Math.min(SMOOTHING, Math.max(0, Math.ceil((SMOOTHED_EVENTS / Math.max(ofSlot, 1e-9) - 1) / 2)))
}

function smoothed(counts: readonly number[], side: number): number[] {
  return Array.from({ length: HOUR_SLOTS }, (_, slot) => {
    const around = counts.slice(slot + SMOOTHING - side, slot + SMOOTHING + side + 1)
    return around.reduce((sum, count) => sum + count, 0) / around.length
  })
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2
}

/** Stretches of a day that the level is the median of. */
const STRETCHES = 5
/** So many events in a day count as much as the belief that the level is 1. */
const LEVEL_PRIOR = 20

function levelOf(hours: readonly HourSeen[]): number {
  const total = hours.reduce((sum, { base }) => sum + base, 0)
  if (total === 0) return 1
  const stretches = Array.from({ length: STRETCHES }, () => ({ base: 0, seen: 0 }))
  let before = 0
  for (const { base, seen } of hours) {
    const stretch = stretches[Math.min(STRETCHES - 1, Math.floor((before / total) * STRETCHES))]
    if (stretch) {
      stretch.base += base
      stretch.seen += seen
    }
    before += base
  }
  const ratios = stretches.filter(({ base }) => base > 0).map(({ base, seen }) => seen / base)
  return Math.max(0.01, median(ratios)) ** (total / (total + LEVEL_PRIOR))
}

const USUAL_DISPERSION = 0.01
const USUAL_HOURS = 24
const LEAST_DISPERSION = 0.004
const MOST_DISPERSION = 0.25

function dispersionOf(hours: readonly HourSeen[], clustering: number): number {
  let excess = 0
  let squares = 0
  let count = 0
  for (const { expected, seen } of hours) {
    if (expected < 1) continue
    const chance = clustering * expected
    const bound = 9 * (chance + 5 * USUAL_DISPERSION * expected ** 2)
    excess += Math.min((seen - expected) ** 2, bound) - chance
    squares += expected ** 2
    count += 1
  }
  if (count === 0) return 2 * USUAL_DISPERSION
  const prior = (USUAL_HOURS * squares) / count
  const estimate = (excess + prior * USUAL_DISPERSION) / (squares + prior)
  return Math.min(MOST_DISPERSION, Math.max(LEAST_DISPERSION, estimate))
}

/** Slots of five minutes since 1970. */
export const SLOT_MS = 300_000

/**
 * The counts of the same local hour in earlier weeks, as `forecastHour` takes them: of weeks in which the series was there already
 * and rtpx was counting.
 * @param count events of a slot
 * @param starts the first slot of that hour in each earlier week
 * @param first the first slot in which the series had an event
 * @param isGap whether rtpx was not counting in some of the slots [from, to)
 */
export function knownWeeks(
  count: (slot: number) => number,
  starts: readonly number[],
  first: number,
  isGap: (from: number, to: number) => boolean,
): number[][] {
  return starts
    .map((start) => ({ from: start - SMOOTHING, to: start + HOUR_SLOTS + SMOOTHING }))
    .filter(({ from, to }) => from >= first && !isGap(from, to))
    .map(({ from, to }) => Array.from({ length: to - from }, (_, at) => count(from + at)))
}
