/**
 * Where an instant becomes a day: in the site's time zone, by the platform's own time zone data. Days have 23 to 25
 * hours, and where midnight does not exist the day begins at its first instant.
 */
import { addDays } from './day.ts'

const HOUR_MS = 3_600_000
const formats = new Map<string, Intl.DateTimeFormat>()

/** The wall clock of an instant as if it were UTC, in ms. @throws RangeError for a time zone that does not exist */
function wallClock(instant: number, timeZone: string): number {
  let format = formats.get(timeZone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    })
    formats.set(timeZone, format)
  }
  const part: Record<string, string> = {}
  for (const { type, value } of format.formatToParts(instant)) part[type] = value
  return Date.parse(`${part.year}-${part.month}-${part.day}T${part.hour}:${part.minute}:${part.second}Z`)
}

/** The day it is at an instant (ms) in a time zone. */
export const dayAt = (instant: number, timeZone: string) =>
  new Date(wallClock(instant, timeZone)).toISOString().slice(0, 10)

/** The wall clock at an instant, as `14:05`. */
export const clockAt = (instant: number, timeZone: string) =>
  new Date(wallClock(instant, timeZone)).toISOString().slice(11, 16)

/** The first instant of a day in a time zone, in ms. */
export function dayStart(day: string, timeZone: string): number {
  const midnight = Date.parse(`${day}T00:00:00Z`)
  const offsetAt = (instant: number) => wallClock(instant, timeZone) - instant
  // The offset before and the one after any change that night: one of the two gives midnight, or none exists.
  const candidates = [-24, 24]
    .map((hours) => midnight - offsetAt(midnight + hours * HOUR_MS))
    .sort((a, b) => a - b)
  const found = candidates.find((instant) => wallClock(instant, timeZone) === midnight)
  return found ?? firstInstant(day, timeZone, candidates[0] ?? midnight)
}

/** Midnight was skipped: the first minute at or after `from`, less a little, that belongs to the day. */
function firstInstant(day: string, timeZone: string, from: number): number {
  let instant = from - 2 * HOUR_MS
  while (dayAt(instant, timeZone) < day) instant += 60_000
  return instant
}

/** The starts of a day's hours as instants, in ms: 24 of them, one fewer or more on the days the clock changes. */
export function hourStarts(day: string, timeZone: string): number[] {
  const start = dayStart(day, timeZone)
  const end = dayStart(addDays(day, 1), timeZone)
  return Array.from({ length: Math.ceil((end - start) / HOUR_MS) }, (_, hour) => start + hour * HOUR_MS)
}
