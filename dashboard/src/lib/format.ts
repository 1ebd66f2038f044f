/** Numbers and dates as people read them: thin spaces between thousands, days by name. Never the machine's locale. */
import { addDays, type DayRange } from './day.ts'

/** U+2009: the one that does not break, U+202F, is too thin to see in most fonts. Numbers stand in `nowrap`. */
const THIN_SPACE = '\u2009'

/** A whole number in full: `48 213`. */
export const wholeNumber = (value: number) =>
  String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, THIN_SPACE)

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹'

/** A number beyond all names for it, which only a mistake or a stranger sends: `1.8×10¹⁹`. */
function powerOfTen(value: number): string {
  const [digits = '', exponent = ''] = value.toExponential(1).split('e+')
  return `${digits}×10${exponent.replace(/\d/g, (digit) => SUPERSCRIPTS[Number(digit)] ?? '')}`
}

const SCALES = [
  { from: 1e12, unit: 'T' },
  { from: 1e9, unit: 'B' },
  { from: 1e6, unit: 'M' },
] as const

/** A number short enough for a card: in full below a million, then `1.24 M`; the full value belongs on hover. */
export function compactNumber(value: number): string {
  if (value >= 1e15) return powerOfTen(value)
  const scale = SCALES.find(({ from }) => value >= from)
  return scale ? `${(value / scale.from).toFixed(2)}${THIN_SPACE}${scale.unit}` : wholeNumber(value)
}

/** A number on an axis: `2.5 k`. */
export function axisNumber(value: number): string {
  if (value >= 1e15) return powerOfTen(value)
  const scale = SCALES.find(({ from }) => value >= from) ?? { from: 1e3, unit: 'k' }
  return value >= 1e4
    ? `${Number((value / scale.from).toFixed(2))}${THIN_SPACE}${scale.unit}`
    : wholeNumber(value)
}

/** A share as a percentage: `12.4%`; whole from a thousand percent on. */
export const percent = (ratio: number) =>
  ratio >= 10 ? `${wholeNumber(ratio * 100)}%` : `${(ratio * 100).toFixed(1)}%`

/** A rate, or a dash where there is nothing to divide by. */
export const rate = (value: number | undefined) => (value === undefined ? '–' : percent(value))

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const parts = (day: string) => ({
  year: day.slice(0, 4),
  month: MONTHS[Number(day.slice(5, 7)) - 1] ?? '',
  date: String(Number(day.slice(8))),
})

/** `21 Nov`. */
export const shortDay = (day: string) => `${parts(day).date} ${parts(day).month}`

/** A day as people say it: `Today`, `Yesterday`, `Thu 19 Nov`, and with its year when that is another. */
export function dayName(day: string, today: string): string {
  if (day === today) return 'Today'
  if (day === addDays(today, -1)) return 'Yesterday'
  return day.slice(0, 4) === today.slice(0, 4) ? longDay(day).slice(0, -5) : longDay(day)
}

/** A day on its own: `21 Nov 2026`. */
const fullDay = (day: string) => `${shortDay(day)} ${parts(day).year}`

/** `Sat 21 Nov 2026`. */
const longDay = (day: string) => `${WEEKDAYS[new Date(`${day}T00:00:00Z`).getUTCDay()]} ${fullDay(day)}`

/** A range without repeating what both ends share, nor this year: `1 – 21 Nov`, `30 Dec 2025 – 2 Jan 2026`. */
export function rangeName({ from, to }: DayRange, today: string): string {
  const [a, b] = [parts(from), parts(to)]
  if (a.year === b.year && b.year === parts(today).year) {
    if (from === to) return longDay(from).slice(0, -5)
    return a.month === b.month ? `${a.date} – ${shortDay(to)}` : `${shortDay(from)} – ${shortDay(to)}`
  }
  if (from === to) return longDay(from)
  if (a.year !== b.year) return `${shortDay(from)} ${a.year} – ${shortDay(to)} ${b.year}`
  return a.month === b.month
    ? `${a.date} – ${shortDay(to)} ${b.year}`
    : `${shortDay(from)} – ${shortDay(to)} ${b.year}`
}

/** An event type in words: `page_view` is `Page view`. */
export const typeName = (type: string) => type.charAt(0).toUpperCase() + type.slice(1).replaceAll('_', ' ')

/** A span of time as people say it: `4.2 s`, `1 m 20 s`, `2 h 5 m`, `30 d 17 h`. @param ms milliseconds */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)}${THIN_SPACE}s`
  if (seconds < 60) return `${seconds}${THIN_SPACE}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes}${THIN_SPACE}m ${seconds % 60}${THIN_SPACE}s`
  const hours = Math.floor(minutes / 60)
  return hours < 48
    ? `${hours}${THIN_SPACE}h ${minutes % 60}${THIN_SPACE}m`
    : `${Math.floor(hours / 24)}${THIN_SPACE}d ${hours % 24}${THIN_SPACE}h`
}

/** A moment to the second, in a time zone: `21 Nov 14:05:09`. */
export function moment(ms: number, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(ms)
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? ''
  return `${part('day')} ${part('month')} ${part('hour')}:${part('minute')}:${part('second')}`
}

/** A moment to the minute, in UTC, where no site has a say: `21 Nov 2026, 14:05`. */
export function utcMinute(ms: number): string {
  const iso = new Date(ms).toISOString()
  return `${fullDay(iso.slice(0, 10))}, ${iso.slice(11, 16)}`
}

/** The day of a moment, in UTC: `21 Nov 2026`. */
export const utcDay = (ms: number) => fullDay(new Date(ms).toISOString().slice(0, 10))

const COUNTRIES = new Intl.DisplayNames('en', { type: 'region', fallback: 'code' })

/** A country by its ISO 3166 code; text that is no code stays as it is. */
export const countryName = (code: string) =>
  code === '' ? 'unknown' : /^[A-Z]{2}$/.test(code) ? (COUNTRIES.of(code) ?? code) : code
