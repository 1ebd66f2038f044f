/** Counts over time, and their sum over any span. Pure. */

export interface Series {
  /** Sum over [from, to), ms; a bucket that lies partly in it counts in part. */
  sum(from: number, to: number): number
  /** The end of the last bucket before `to` that has anything; undefined when none has. */
  lastBefore(to: number): number | undefined
  /** The start of the first bucket that has anything. */
  readonly first: number | undefined
}

/** So much in so many ms from an instant on. */
export type Span = readonly [from: number, value: number, ms: number]

/** @param spans in any order, none over another; between them there is nothing */
export function seriesOf(spans: readonly Span[]): Series {
  const sorted = [...spans].sort(([a], [b]) => a - b)
  const starts = Float64Array.from(sorted, ([from]) => from)
  const before = new Float64Array(sorted.length + 1)
  for (const [index, [, value]] of sorted.entries()) before[index + 1] = (before[index] ?? 0) + value
  /** The sum of everything before an instant. */
  const until = (instant: number) => {
    const place = firstAfter(starts, instant)
    const last = sorted[place - 1]
    if (!last) return 0
    const [from, value, ms] = last
    return (before[place - 1] ?? 0) + value * Math.min(1, (instant - from) / ms)
  }
  return {
    first: sorted.find(([, value]) => value > 0)?.[0],
    sum: (from, to) => {
      const sum = until(to) - until(from)
      // What floating point leaves of nothing is nothing.
      return Math.abs(sum) < 1e-9 ? 0 : sum
    },
    lastBefore: (to) => {
      for (let index = firstAfter(starts, to - 1) - 1; index >= 0; index -= 1) {
        const [from, value, ms] = sorted[index] ?? [0, 0, 0]
        if (value > 0) return Math.min(to, from + ms)
      }
      return undefined
    },
  }
}

/** The place of the first start after an instant. */
function firstAfter(starts: Float64Array, instant: number): number {
  let low = 0
  let high = starts.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((starts[middle] ?? 0) <= instant) low = middle + 1
    else high = middle
  }
  return low
}
