/** Counts of cohorts as the triangle people read: a row a cohort, a cell a period since, and averages weighted by the cohorts' size. */
import type { Period } from './cohort-limits.ts'
import type { CohortCount } from './cohorts.ts'

export interface CohortCell {
  /** Players who came back, or who deposited. */
  readonly players: number
  /** Deposited, exact, as text. */
  readonly amount: string
  /** The period is not over: the number still grows. */
  readonly unfinished: boolean
}

export interface Cohort {
  /** First and last day of the period. */
  readonly from: string
  readonly to: string
  readonly size: number
  /** By age; as many as have begun. */
  readonly cells: readonly CohortCell[]
}

export interface CohortAverage {
  /** Players of the cohorts whose period of this age is over. */
  readonly size: number
  /** Of these, those who came back; and what they deposited. */
  readonly players: number
  readonly amount: string
}

export interface CohortTable {
  readonly cohorts: readonly Cohort[]
  /** By age: over the cohorts of which the period is over, as if they were one. */
  readonly average: readonly CohortAverage[]
}

/** @param counts of one banner, or of all @param range whole periods of which each is a row, also one that nobody began in */
export function cohortTable(
  counts: readonly CohortCount[],
  range: { readonly from: string; readonly to: string; readonly period: Period; readonly today: string },
): CohortTable {
  const { period, today } = range
  const found = new Map(counts.map((count) => [`${count.cohort} ${count.age}`, count]))
  const cohorts: Cohort[] = []
  for (let first = periodStart(range.from, period); first <= range.to; first = nextPeriod(first, period)) {
    const cells: CohortCell[] = []
    for (let [start, age] = [first, 0]; start <= today; [start, age] = [nextPeriod(start, period), age + 1]) {
      const count = found.get(`${first} ${age}`)
      const unfinished = nextPeriod(start, period) > today
      cells.push({ players: count?.players ?? 0, amount: count?.amount ?? '0', unfinished })
    }
    const size = found.get(`${first} -1`)?.players ?? 0
    cohorts.push({ from: first, to: addDays(nextPeriod(first, period), -1), size, cells })
  }
  const ages = cohorts[0]?.cells.length ?? 0
  return { cohorts, average: Array.from({ length: ages }, (_, age) => averageAt(cohorts, age)) }
}

function averageAt(cohorts: readonly Cohort[], age: number): CohortAverage {
  const over = cohorts.flatMap(({ size, cells }) => {
    const cell = cells[age]
    return cell && !cell.unfinished ? [{ size, cell }] : []
  })
  return {
    size: over.reduce((sum, { size }) => sum + size, 0),
    players: over.reduce((sum, { cell }) => sum + cell.players, 0),
    amount: addDecimals(over.map(({ cell }) => cell.amount)),
  }
}

/** An exact sum of decimals with at most 8 places. */
export function addDecimals(texts: readonly string[]): string {
  const scale = 10n ** 8n
  const sum = texts.reduce((total, text) => {
    const [whole = '0', places = ''] = text.replace('-', '').split('.')
    const units = BigInt(whole) * scale + BigInt(places.padEnd(8, '0'))
    return text.startsWith('-') ? total - units : total + units
  }, 0n)
  const units = sum < 0n ? -sum : sum
  const places = (units % scale).toString().padStart(8, '0').replace(/0+$/, '')
  return `${sum < 0n ? '-' : ''}${units / scale}${places && `.${places}`}`
}

const DAY_MS = 86_400_000
const addDays = (day: string, days: number) =>
  new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10)

/** The first day of the period that a day is in; weeks begin on Monday. */
export function periodStart(day: string, period: Period): string {
  if (period === 'month') return `${day.slice(0, 7)}-01`
  return period === 'day' ? day : addDays(day, -((new Date(Date.parse(day)).getUTCDay() + 6) % 7))
}

/** The first day of the period after the one that begins on `first`. */
export function nextPeriod(first: string, period: Period): string {
  if (period === 'month') return periodStart(addDays(first, 31), 'month')
  return addDays(first, period === 'week' ? 7 : 1)
}
