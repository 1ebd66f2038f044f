/**
 * Calendar days as ISO text (`2026-11-21`). Arithmetic on days never meets a clock or a time zone: a day is a name,
 * and the only place where an instant becomes one is `time-zone.ts`.
 */

const DAY_MS = 86_400_000

/** The days from `from` to `to`, both included; `from` is never after `to`. */
export interface DayRange {
  readonly from: string
  readonly to: string
}

const epoch = (day: string) => Date.parse(`${day}T00:00:00Z`)
const iso = (ms: number) => new Date(ms).toISOString().slice(0, 10)

/** Whether the text is a day that exists, in the years 1970–2148 that ClickHouse's Date holds. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false
  const ms = epoch(text)
  return Number.isFinite(ms) && iso(ms) === text && text >= '1970-01-01' && text <= '2148-12-31'
}

export const addDays = (day: string, days: number) => iso(epoch(day) + days * DAY_MS)

/** How many days a range has, both ends counted. */
export const lengthOf = ({ from, to }: DayRange) => Math.round((epoch(to) - epoch(from)) / DAY_MS) + 1

export const eachDay = ({ from, to }: DayRange) =>
  Array.from({ length: lengthOf({ from, to }) }, (_, index) => addDays(from, index))

/** The Monday of the day's week. */
export const startOfWeek = (day: string) => addDays(day, -((new Date(epoch(day)).getUTCDay() + 6) % 7))

export const startOfMonth = (day: string) => `${day.slice(0, 7)}-01`
export const endOfMonth = (day: string) => addDays(startOfMonth(addDays(startOfMonth(day), 31)), -1)
export const startOfYear = (day: string) => `${day.slice(0, 4)}-01-01`
export const endOfYear = (day: string) => `${day.slice(0, 4)}-12-31`

/** The same day of another month; the 31st becomes the last day where the month is shorter. */
export function addMonths(day: string, months: number): string {
  const index = Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1 + months
  const year = String(Math.floor(index / 12)).padStart(4, '0')
  const first = `${year}-${String((index % 12) + 1).padStart(2, '0')}-01`
  return min(addDays(first, Number(day.slice(8)) - 1), endOfMonth(first))
}

export const min = (a: string, b: string) => (a < b ? a : b)
export const max = (a: string, b: string) => (a > b ? a : b)
