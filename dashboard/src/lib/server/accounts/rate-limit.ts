/** Requests a minute, counted in this process: each name has its allowance for each minute of the clock. Bounded. */

const MINUTE_MS = 60_000
const CAPACITY = 10_000

/** @returns 0 when the request may go on, else the seconds until the next may */
export type RateLimit = (name: string, perMinute: number, now: number) => number

export function createRateLimit(): RateLimit {
  let minute = 0
  const counts = new Map<string, number>()
  return (name, perMinute, now) => {
    const current = Math.floor(now / MINUTE_MS)
    if (current !== minute || counts.size > CAPACITY) {
      minute = current
      counts.clear()
    }
    const count = (counts.get(name) ?? 0) + 1
    counts.set(name, count)
    return count <= perMinute ? 0 : Math.ceil(((current + 1) * MINUTE_MS - now) / 1_000)
  }
}
