/**
 * What is expected of one series in one hour. Pure.
 *
 * - Shape: for each five minutes, the median over up to four earlier weeks of the same local time of the week, each smoothed over
 *   just as much time, an hour at most, as a few hundred events need. A median of weeks bears one broken week.
 * - Level: how the last day compares with its own shape, the median of five stretches of equal weight: a break shorter than
 *   half a day's traffic does not move it, a campaign that grows or ends takes it along within a day.
 * - Dispersion: moment estimate of the negative binomial's φ from the middle 85 % of the last week's hours (a trimmed
 *   variance, Huber 1981, so that a broken evening does not blunt the next week), drawn towards a usual value while hours are few.
 *
 * ClickHouse's `seriesDecomposeSTL` (Cleveland 1990) with `seriesOutliersDetectTukey` on its residual was tried on four weeks of hours
 * and not kept: with Tukey's usual 1.5 it flags 21 to 25 of 672 ordinary hours; with 3 none, but then nothing of a series of ten
 * events an hour, and of busy ones two empty hours only after they are over. A break at the end bends the season towards itself.
 */
import type { Forecast } from '@rtpx/clickhouse/queries/traffic'

/** Five-minute slots of an hour. */
export const HOUR_SLOTS = 12
/** Slots on each side that smooth a slot of a thin series; a busy one is smoothed over fewer. */
export const SMOOTHING = 6
/** So many events of all weeks together make a slot of the shape, where an hour has them. */
const SMOOTHED_EVENTS = 400

export interface HourSeen {
  /** Events expected without and with the recent level, and seen. */
  readonly base: number
  readonly expected: number
  readonly seen: number
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
    dispersion: dispersionOf(lastWeek, clustering, weeks.length),
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
/** Hours that the usual value counts as, and so much more the fewer events (squared) an hour has to tell by. */
const USUAL_HOURS = 24
const USUAL_SQUARES = 2_000
const LEAST_DISPERSION = 0.004
const MOST_DISPERSION = 0.25
/** The hours that are kept, and the part of a normal variance that such a middle has. */
const MIDDLE = 0.85
const MIDDLE_VARIANCE = 0.521

function dispersionOf(hours: readonly HourSeen[], clustering: number, weeks: number): number {
  const deviations = hours
    .filter(({ expected }) => expected >= 1)
    .map(({ base, expected, seen }) => {
      // What chance does to the count, and what it did to the counts that the expectation was made from.
      const ofBase = expected ** 2 / eventsBehind(base / clustering, 60, weeks, clustering)
      const chance = clustering * expected + ofBase
      const square = (seen - expected) ** 2
      return { chance, square, expected, far: square / (chance + USUAL_DISPERSION * expected ** 2) }
    })
    .sort((a, b) => a.far - b.far)
  if (deviations.length === 0) return 2 * USUAL_DISPERSION
  const middle = deviations.slice(0, Math.ceil(deviations.length * MIDDLE))
  const sum = (value: (deviation: (typeof middle)[number]) => number) =>
    middle.reduce((total, deviation) => total + value(deviation), 0)
  const squares = sum(({ expected }) => expected ** 2)
  const prior = (USUAL_HOURS * squares) / middle.length + USUAL_SQUARES
  const excess = sum(({ square }) => square) / MIDDLE_VARIANCE - sum(({ chance }) => chance)
  const estimate = (excess + prior * USUAL_DISPERSION) / (squares + prior)
  return Math.min(MOST_DISPERSION, Math.max(LEAST_DISPERSION, estimate))
}

/**
 * How many independent events an expectation was made from: the shape is smoothed, so there may be more than lie in the window's
 * weeks. @param usual clusters usual in the window of so many minutes
 */
export function eventsBehind(usual: number, minutes: number, weeks: number, clustering: number): number {
  const inWeeks = weeks * usual
  return Math.max(1e-3, inWeeks, Math.min((inWeeks * (minutes + 60)) / minutes, SMOOTHED_EVENTS / clustering))
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
