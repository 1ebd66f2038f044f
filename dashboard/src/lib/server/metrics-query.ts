/** The days a call of the API asks for: exactly those, or a Problem; what pages do with a link that makes no sense is `rangeOf`. */
import { addDays, type DayRange, isDay, lengthOf, max, min } from '#lib/day.ts'
import { type ChosenRange, MAX_DAYS, presetOf, rangeOf } from '#lib/range.ts'
import { badParameter as bad, type Problem } from './problem.ts'

/**
 * The days a request asks for: by default the 30 that end today, and 30 that end at `to` when only that is given. An empty day is none.
 * @param today in the site's time zone
 */
export function daysAsked(params: URLSearchParams, today: string): DayRange | Problem {
  for (const field of ['from', 'to']) {
    if (params.getAll(field).length > 1) return bad('repeated_parameter', field, `${field} may be given once`)
    const text = params.get(field)
    if (text && !isDay(text)) return bad('invalid_date', field, `${field} must be a day such as 2026-01-31`)
  }
  const to = params.get('to') || latest(today, params.get('from') || null)
  const from = params.get('from') || addDays(to, -29)
  if (!isDay(from)) return bad('invalid_date', 'to', 'to must be at least 30 days after 1970-01-01')
  if (from > to) return bad('invalid_range', 'from', 'from must not be after to')
  if (lengthOf({ from, to }) > MAX_DAYS)
    return bad('range_too_long', 'from', `a request may span ${MAX_DAYS} days; ask for less at a time`)
  return { from, to }
}

const latest = (today: string, from: string | null) => (from !== null && from > today ? from : today)

/**
 * The range a call asks for with `range`, or `from` and `to`. It ends today unless all of it is still to come: what is unfinished
 * is not compared with what is over.
 * @param today in the site's time zone
 */
export function exactRangeOf(params: URLSearchParams, today: string): ChosenRange | Problem {
  if (!params.get('from') && !params.get('to')) return rangeOf((name) => params.get(name), today)
  const asked = daysAsked(params, today)
  if ('status' in asked) return asked
  const days = { from: asked.from, to: max(asked.from, min(asked.to, today)) }
  return { ...days, preset: presetOf(days, today) ?? 'custom' }
}
