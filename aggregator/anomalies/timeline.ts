/** A series around now, from counts by minute: sums over any window in constant time. Pure. */
import type { Timeline } from './judge.ts'

/** What a forecast says of the whole series. */
export interface Reliability {
  readonly knownSince: number
  readonly dispersion: number
  readonly clustering: number
  readonly level: number
  readonly weeks: number
}

/**
 * @param start minute of the first count; before it, and after the last, nothing is known
 * @param seen events by minute
 * @param expected events expected by minute
 */
export function timelineOf(
  start: number,
  seen: ArrayLike<number>,
  expected: ArrayLike<number>,
  reliability: Reliability,
): Timeline {
  const seenBefore = sums(seen)
  const expectedBefore = sums(expected)
  const sum = (before: Float64Array, from: number, to: number) => {
    const place = (minute: number) => Math.min(before.length - 1, Math.max(0, minute - start))
    return (before[place(to)] ?? 0) - (before[place(from)] ?? 0)
  }
  return {
    ...reliability,
    seen: (from, to) => sum(seenBefore, from, to),
    expected: (from, to) => Math.max(0, sum(expectedBefore, from, to)),
    lastSeen(to) {
      for (let at = Math.min(to - start, seen.length) - 1; at >= 0; at -= 1)
        if ((seen[at] ?? 0) > 0) return start + at
      return undefined
    },
  }
}

/** The sums of all values before each place. */
function sums(values: ArrayLike<number>): Float64Array {
  const before = new Float64Array(values.length + 1)
  for (let at = 0; at < values.length; at += 1) before[at + 1] = (before[at] ?? 0) + (values[at] ?? 0)
  return before
}
