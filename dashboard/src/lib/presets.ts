/** The ranges of the date picker, with the keys that choose them. "Last N days" leaves today out, "to date" has it in. */
import {
  addDays,
  addMonths,
  type DayRange,
  endOfMonth,
  startOfMonth,
  startOfWeek,
  startOfYear,
} from './day.ts'

/** What a range is as a whole, which decides how it steps and what it is compared with. */
export type Shape = 'days' | 'week' | 'month' | 'year'

export interface Preset {
  readonly key: string
  readonly label: string
  /** The letter that chooses it from anywhere on the page. */
  readonly shortcut: string
  readonly group: 'Day' | 'To date' | 'Past'
  readonly shape: Shape
  readonly days: (today: string) => DayRange
}

const lastDays = (count: number) => (today: string) => ({
  from: addDays(today, -count),
  to: addDays(today, -1),
})

export const PRESETS: readonly Preset[] = [
  {
    key: 'today',
    label: 'Today',
    shortcut: 'D',
    group: 'Day',
    shape: 'days',
    days: (today) => ({ from: today, to: today }),
  },
  { key: 'yesterday', label: 'Yesterday', shortcut: 'E', group: 'Day', shape: 'days', days: lastDays(1) },
  {
    key: '30d_to_date',
    label: '30 days to date',
    shortcut: 'R',
    group: 'To date',
    shape: 'days',
    days: (today) => ({ from: addDays(today, -29), to: today }),
  },
  {
    key: 'wtd',
    label: 'Week to date',
    shortcut: 'K',
    group: 'To date',
    shape: 'week',
    days: (today) => ({ from: startOfWeek(today), to: today }),
  },
  {
    key: 'mtd',
    label: 'Month to date',
    shortcut: 'M',
    group: 'To date',
    shape: 'month',
    days: (today) => ({ from: startOfMonth(today), to: today }),
  },
  {
    key: 'ytd',
    label: 'Year to date',
    shortcut: 'Y',
    group: 'To date',
    shape: 'year',
    days: (today) => ({ from: startOfYear(today), to: today }),
  },
  { key: '7d', label: 'Last 7 days', shortcut: 'W', group: 'Past', shape: 'days', days: lastDays(7) },
  { key: '30d', label: 'Last 30 days', shortcut: 'T', group: 'Past', shape: 'days', days: lastDays(30) },
  {
    key: 'last_month',
    label: 'Last month',
    shortcut: 'L',
    group: 'Past',
    shape: 'month',
    days: (today) => ({
      from: startOfMonth(addMonths(today, -1)),
      to: endOfMonth(addMonths(today, -1)),
    }),
  },
]

/** What opens without a choice: a month's shape, and the event that arrived just now is in it. */
export const DEFAULT_PRESET = '30d_to_date'
