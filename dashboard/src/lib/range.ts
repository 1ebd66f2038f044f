/**
 * The chosen range: read from the URL, compared with the period before, stepped back and forth. A range is days in the
 * site's time zone; nothing after today is ever asked for.
 */
import {
  addDays,
  addMonths,
  type DayRange,
  endOfMonth,
  endOfYear,
  isDay,
  lengthOf,
  max,
  min,
  startOfMonth,
  startOfWeek,
  startOfYear,
} from './day.ts'
import { DEFAULT_PRESET, PRESETS, type Shape } from './presets.ts'

/** The longest range a page or the API answers, in days. */
export const MAX_DAYS = 3_660

export interface ChosenRange extends DayRange {
  /** The preset's key, or `custom`. */
  readonly preset: string
  /** Why the range is not the one the URL named, in words. */
  readonly notice?: string
}

/**
 * The range a URL names with `range=` or `from=&to=`. A link that makes no sense opens the default and says so.
 * @param get reads one parameter of the URL
 * @param today in the site's time zone
 */
export function rangeOf(get: (name: string) => string | null, today: string): ChosenRange {
  const key = get('range') ?? DEFAULT_PRESET
  const preset = PRESETS.find((preset) => preset.key === key)
  const [from, to] = [get('from'), get('to')]
  if (from === null && to === null && preset) return { preset: preset.key, ...preset.days(today) }
  if (from !== null && to !== null && isDay(from) && isDay(to)) {
    const last = min(max(from, to), today)
    const first = max(min(min(from, to), last), addDays(last, 1 - MAX_DAYS))
    return { preset: presetOf({ from: first, to: last }, today) ?? 'custom', from: first, to: last }
  }
  const fallback = PRESETS.find((preset) => preset.key === DEFAULT_PRESET)
  const days = fallback?.days(today) ?? { from: today, to: today }
  return { preset: DEFAULT_PRESET, ...days, notice: 'The dates in this link could not be read.' }
}

/** The preset that has exactly these days, so that a range that ends today keeps ending today tomorrow. */
export const presetOf = (range: DayRange, today: string): string | undefined =>
  PRESETS.find((preset) => {
    const days = preset.days(today)
    return days.from === range.from && days.to === range.to
  })?.key

/** The shape of a range: its preset's, else that of the whole month, year or week it happens to be. */
function shapeOf({ preset, from, to }: ChosenRange): Shape {
  const known = PRESETS.find(({ key }) => key === preset)
  if (known) return known.shape
  if (from === startOfYear(from) && to === endOfYear(from)) return 'year'
  if (from === startOfMonth(from) && to === endOfMonth(from)) return 'month'
  return from === startOfWeek(from) && to === addDays(from, 6) ? 'week' : 'days'
}

/**
 * The period before, as long as the range has come: month to date against the same days of the month before, a whole
 * month against the whole month before, a week against the week before, any other range against as many days.
 */
export function previousOf(range: ChosenRange): DayRange {
  const shape = shapeOf(range)
  const length = lengthOf(range)
  if (shape === 'week') return { from: addDays(range.from, -7), to: addDays(range.to, -7) }
  if (shape === 'days') return { from: addDays(range.from, -length), to: addDays(range.from, -1) }
  const from = addMonths(range.from, shape === 'month' ? -1 : -12)
  const end = shape === 'month' ? endOfMonth(from) : endOfYear(from)
  const whole = range.to === (shape === 'month' ? endOfMonth(range.from) : endOfYear(range.from))
  const same = shape === 'month' ? addDays(from, length - 1) : addMonths(range.to, -12)
  return { from, to: whole ? end : min(same, end) }
}

/** The same days a year earlier; of the 29th of February the 28th. */
export const yearBefore = ({ from, to }: DayRange): DayRange => ({
  from: addMonths(from, -12),
  to: addMonths(to, -12),
})

/** The range one step back (-1) or forward (1); undefined where forward would only be the future. */
export function stepOf(range: ChosenRange, today: string, direction: -1 | 1): DayRange | undefined {
  if (direction === 1 && range.to >= today) return undefined
  const shape = shapeOf(range)
  const length = shape === 'week' ? 7 : lengthOf(range)
  let from = addDays(range.from, direction * length)
  let to = addDays(from, length - 1)
  if (shape === 'month' || shape === 'year') {
    from = addMonths(range.from, direction * (shape === 'month' ? 1 : 12))
    to = shape === 'month' ? endOfMonth(from) : endOfYear(from)
  }
  if (from > today) return undefined
  return { from, to: min(to, today) }
}
