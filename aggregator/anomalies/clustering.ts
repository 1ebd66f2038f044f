/**
 * How much events come in clusters: a session is several page views at once, so their counts vary more than Poisson's, by a factor
 * that is the quasi-Poisson's dispersion (Wedderburn 1974). A window of n clustered events tells as much as n divided by it
 * independent ones. Pure.
 */

/** Slots compared with each other: a quarter of an hour, longer than a visit's burst. */
const BLOCK = 3
const HOUR = 12
/** So many events count as much as the belief that events come alone. */
const PRIOR = 50
/** A difference larger than this many times what is usual is a break, not a cluster. */
const MOST = 25

/**
 * From differences of neighbouring quarters of an hour (von Neumann's), so that neither the time of the day nor good and bad days
 * come in. @param count events of a slot. @param from, to slots, whole hours
 * @returns variance of a short count relative to its mean; at least 1
 */
export function clusteringOf(count: (slot: number) => number, from: number, to: number): number {
  let squares = PRIOR
  let events = PRIOR
  for (let hour = from; hour < to; hour += HOUR) {
    let previous = -1
    for (let block = hour; block < hour + HOUR; block += BLOCK) {
      let current = 0
      for (let slot = block; slot < block + BLOCK; slot += 1) current += count(slot)
      if (previous >= 0) {
        const both = previous + current
        squares += Math.min((current - previous) ** 2, MOST * both)
        events += both
      }
      previous = current
    }
  }
  return Math.max(1, squares / events)
}
