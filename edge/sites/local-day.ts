/**
 * The day of an instant in a site's time zone, so that no view needs to know one.
 * Days are computed by the platform's time zone data; the day an instant fell on last time answers most instants at once.
 */

import type { Site } from './site.ts'

const HOUR_MS = 3_600_000

interface Known {
  readonly from: number
  readonly to: number
  readonly day: string
}

/** A function from milliseconds since 1970 to `YYYY-MM-DD` in the zone. @throws RangeError for an unknown zone */
export function localDay(timeZone: string): (ms: number) => string {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  })
  let known: Known = { from: 0, to: 0, day: '' }
  return (ms) => {
    if (ms < known.from || ms >= known.to) {
      // Zones change their offset only at whole quarter hours, so a quarter hour has one day.
      const from = ms - (ms % (HOUR_MS / 4))
      known = { from, to: from + HOUR_MS / 4, day: format.format(ms) }
    }
    return known.day
  }
}

/** The same for any site; each zone's answers are kept apart. */
export function dayOfSite(): (site: Site, ms: number) => string {
  const zones = new Map<string, (ms: number) => string>()
  return ({ time_zone }, ms) => {
    let day = zones.get(time_zone)
    if (!day) {
      day = localDay(time_zone)
      zones.set(time_zone, day)
    }
    return day(ms)
  }
}
