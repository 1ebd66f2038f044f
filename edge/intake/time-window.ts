/** How far a client's clock is believed. */

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** The latest an event may be dated ahead of the edge's clock: clocks of phones are off by minutes. */
const AHEAD_MS = 5 * MINUTE_MS
/** The oldest a browser may date an event: what it kept while offline. */
const BROWSER_PAST_MS = 7 * DAY_MS
/** The oldest a server may: imports of history. Bounded so that a block never spans more months than ClickHouse takes. */
const SERVER_PAST_MS = 5 * 365 * DAY_MS

/** The milliseconds in a UUIDv7 (RFC 9562, section 5.7); undefined for any other UUID. */
export function timeOfUuid(uuid: string): number | undefined {
  return uuid[14] === '7' ? Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16) : undefined
}

/**
 * When an event happened, within the window around the edge's clock.
 * @param claimed the client's time, if it gave one; milliseconds since 1970
 */
export function clampTime(claimed: number | undefined, now: number, isServer: boolean): number {
  if (claimed === undefined) return now
  const past = isServer ? SERVER_PAST_MS : BROWSER_PAST_MS
  return Math.min(Math.max(claimed, now - past), now + AHEAD_MS)
}
