/** Few numbers about many. */

/** The value below which a share of the values lies (nearest rank). @throws RangeError without values */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
  if (value === undefined) throw new RangeError('no values')
  return value
}

/** How much the values rise from one to the next: the slope of the straight line through them (least squares); 0 for fewer than two. */
export function slope(values: readonly number[]): number {
  const mean = (values.length - 1) / 2
  let up = 0
  let across = 0
  for (const [index, value] of values.entries()) {
    up += (index - mean) * value
    across += (index - mean) ** 2
  }
  return across === 0 ? 0 : up / across
}

/** The standard error of that slope, for values whose deviations from the line are independent; 0 for fewer than three. */
export function slopeError(values: readonly number[]): number {
  if (values.length < 3) return 0
  const mean = (values.length - 1) / 2
  const rise = slope(values)
  const middle = values.reduce((sum, value) => sum + value, 0) / values.length
  let rest = 0
  let across = 0
  for (const [index, value] of values.entries()) {
    rest += (value - middle - rise * (index - mean)) ** 2
    across += (index - mean) ** 2
  }
  return Math.sqrt(rest / (values.length - 2) / across)
}

/** The middle value; of an even number, the mean of the two. @throws RangeError without values */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const high = sorted[Math.floor(sorted.length / 2)]
  const low = sorted[Math.ceil(sorted.length / 2) - 1]
  if (high === undefined || low === undefined) throw new RangeError('no values')
  return (low + high) / 2
}
