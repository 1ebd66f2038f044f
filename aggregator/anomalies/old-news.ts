/**
 * Whether earlier weeks had the same at the same time: a maintenance window each Sunday, a newsletter each Monday at nine. The
 * smoothed expectation does not hold such edges, so what would become a finding is compared with the bare counts. Pure.
 */
import type { Verdict } from './judge.ts'
import { scoreOf } from './score.ts'

/** Weeks that must have had it: one may have been the same incident. */
const WEEKS = 2
/** Counts that chance makes this far apart are alike. */
const ALIKE = 8
/**
 * How much earlier or later it may have been, in slots of five minutes: up to ten minutes, or one hour, for people whose clocks
 * change on another day than the site's.
 */
const SHIFTS = [-2, -1, 0, 1, 2, -13, -12, -11, 11, 12, 13]
export const FARTHEST_SHIFT = 13

/**
 * @param to the minute after the verdict's window
 * @param clustering of the series
 * @param weeks those in which the series was counted. @param count events in the slot of a minute, so many weeks before
 */
export function isSeenBefore(
  { direction, from, seen, spread }: Verdict,
  clustering: number,
  to: number,
  weeks: readonly number[],
  count: (week: number, minute: number) => number,
): boolean {
  const first = Math.floor(from / 5)
  // Whole slots only: one that is half inside would thin out what the shifts look for.
  const slots = Math.max(1, Math.floor((to - from) / 5))
  const scaled = (seen * slots * 5) / Math.max(1, to - from)
  const alike = weeks.filter((week) =>
    SHIFTS.some((shift) => {
      let sum = 0
      for (let slot = first + shift; slot < first + shift + slots; slot += 1) sum += count(week, slot * 5)
      const isBeyond = direction === 'spike' ? sum >= scaled : sum <= scaled
      return isBeyond || scoreOf(scaled / clustering, sum / clustering, spread) < ALIKE
    }),
  )
  return alike.length >= WEEKS
}
