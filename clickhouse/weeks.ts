/** Weeks as people count them, Monday to Sunday (ISO 8601). A day is a name (`2026-11-16`); no clock or time zone is asked. */

const DAY_MS = 86_400_000
const epoch = (day: string) => Date.parse(`${day}T00:00:00Z`)
const iso = (ms: number) => new Date(ms).toISOString().slice(0, 10)

export const addDays = (day: string, days: number) => iso(epoch(day) + days * DAY_MS)

/** 1 Monday … 7 Sunday. */
export const weekdayOf = (day: string) => ((new Date(epoch(day)).getUTCDay() + 6) % 7) + 1

/** The Monday of the day's week. */
export const mondayOf = (day: string) => addDays(day, 1 - weekdayOf(day))

/** `2026-W47`: the week's year is that of its Thursday. */
export function weekName(monday: string): string {
  const thursday = addDays(monday, 3)
  const firstMonday = mondayOf(`${thursday.slice(0, 4)}-01-04`)
  const number = Math.round((epoch(monday) - epoch(firstMonday)) / (7 * DAY_MS)) + 1
  return `${thursday.slice(0, 4)}-W${String(number).padStart(2, '0')}`
}

/** The Monday of a week's name; undefined when there is no such week. */
export function mondayOfWeek(name: string): string | undefined {
  const [, year = '', number = ''] = /^(\d{4})-W(\d\d)$/.exec(name) ?? []
  if (year < '1971' || year > '2147') return undefined
  const monday = addDays(mondayOf(`${year}-01-04`), (Number(number) - 1) * 7)
  return weekName(monday) === name ? monday : undefined
}
