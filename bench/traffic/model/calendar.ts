/** When people play: hours, weekdays, and the days on which a campaign is broken. Days are counted in UTC. */
import { type Random, randomOf } from '../random.ts'
import { BANNERS, type Banner } from './banners.ts'

export const DAY_MS = 86_400_000
export const HOUR_MS = 3_600_000

/** Part of a day's players by local hour: quiet mornings, a lunch break, long evenings. */
const HOURS = [
  2.6, 1.7, 1.1, 0.7, 0.5, 0.6, 1.1, 2.0, 2.9, 3.5, 3.9, 4.3, 4.9, 4.7, 4.4, 4.5, 4.9, 5.6, 6.6, 7.6, 8.3,
  8.1, 6.6, 4.4,
] as const
/** Sunday first, as `Date` counts. */
const WEEKDAYS = [1.25, 0.82, 0.8, 0.88, 0.95, 1.12, 1.32] as const

/** How many more or fewer players than on average a day has; 1 is the average. */
export function weekdayShape(day: number): number {
  return WEEKDAYS[new Date(day * DAY_MS).getUTCDay()] ?? 1
}

/** How many more or fewer players than on average a moment of a local day has; 1 is the average. @param local ms, local */
export function hourShape(local: number): number {
  const sum = HOURS.reduce((total, weight) => total + weight, 0)
  const hour = Math.floor(local / HOUR_MS) % HOURS.length
  return ((HOURS[hour] ?? 0) * HOURS.length) / sum
}

/** A banner's good and bad days, as a part of its usual players. */
export function moodOf(seed: number, day: number, banner: Banner): number {
  return randomOf(seed, 'mood', day, banner.tag).lognormal(1, 0.08)
}

/** An instant of the day, in milliseconds from its start, for people `offsetHours` ahead of UTC. */
export function timeOfDay(random: Random, offsetHours: number): number {
  const [first, ...rest] = HOURS.map((weight, hour) => [hour, weight] as const)
  const hour = first ? random.weighted([first, ...rest]) : 0
  const local = (hour + random.next()) * HOUR_MS
  return Math.floor((local - offsetHours * HOUR_MS + DAY_MS) % DAY_MS)
}

/** Days a period has in which one campaign breaks for one day: any 30 days show one. */
const BREAK_PERIOD = 28
/** What still gets through on that day. */
const BROKEN_PART = 0.04

/** The part of a banner's usual players that comes on a day: 1, but for the day its campaign is broken. */
export function campaignHealth(seed: number, day: number, banner: Banner): number {
  const period = Math.floor(day / BREAK_PERIOD)
  const random = randomOf(seed, 'break', period)
  const brokenDay = period * BREAK_PERIOD + random.index(BREAK_PERIOD)
  // One of the three largest, so that it shows in the totals as well.
  return brokenDay === day && BANNERS[random.index(3)] === banner ? BROKEN_PART : 1
}
