/** Counts and exact sums by name while they are put together: readings are added, periods compared, what is left worked out. */
import type { CampaignAmount, CampaignCounts } from '@rtpx/clickhouse/queries/campaigns'
import type { Amount, Figures } from '#lib/campaigns/figures.ts'
import { decimalOf, unitsOf } from '#lib/decimal.ts'

const COUNTS = ['visits', 'registrations', 'first_deposits', 'deposits'] as const
type Count = (typeof COUNTS)[number]

/** Amounts by currency: units and payments. */
type Purse = Map<string, { units: bigint; payments: number }>

export interface Sums extends Record<Count, number> {
  readonly amounts: Purse
}

/** Sums by name; null is all of them. */
export type SumsByName = Map<string | null, Sums>

export const noSums = (): Sums => ({
  visits: 0,
  registrations: 0,
  first_deposits: 0,
  deposits: 0,
  amounts: new Map(),
})

/** Adds one to another, or takes it away. */
export function add(to: Sums, of: Sums, sign: 1 | -1 = 1): Sums {
  for (const key of COUNTS) to[key] += sign * of[key]
  for (const [currency, { units, payments }] of of.amounts)
    addAmount(to.amounts, currency, units * BigInt(sign), payments * sign)
  return to
}

function addAmount(purse: Purse, currency: string, units: bigint, payments: number): void {
  const known = purse.get(currency) ?? { units: 0n, payments: 0 }
  purse.set(currency, { units: known.units + units, payments: known.payments + payments })
}

/** What several readings of a period add up to. */
export function sumUp(readings: {
  readonly counts: readonly CampaignCounts[]
  readonly amounts: readonly CampaignAmount[]
  readonly first_deposits: readonly { readonly name: string | null; readonly first_deposits: number }[]
}): SumsByName {
  const byName: SumsByName = new Map([[null, noSums()]])
  const of = (name: string | null) => {
    const sums = byName.get(name) ?? noSums()
    byName.set(name, sums)
    return sums
  }
  for (const { name, ...row } of readings.counts) add(of(name), { ...noSums(), ...row })
  for (const row of readings.first_deposits) of(row.name).first_deposits += row.first_deposits
  for (const row of readings.amounts)
    addAmount(of(row.name).amounts, row.currency, unitsOf(row.amount), row.payments)
  return byName
}

/** As the page and the API have it. */
export const figuresOf = ({ amounts, ...counts }: Sums): Figures => ({
  ...counts,
  amounts: [...amounts]
    .filter(([, { payments }]) => payments > 0)
    .map(([currency, { units, payments }]) => ({ currency, amount: decimalOf(units), payments }))
    .sort((a, b) => b.payments - a.payments || (a.currency < b.currency ? -1 : 1)),
})

/** Costs by currency. */
export type Bill = ReadonlyMap<string, bigint>

/** Bills added up. */
export function totalBill(bills: Iterable<Bill>): Bill {
  const total = new Map<string, bigint>()
  for (const bill of bills)
    for (const [currency, units] of bill) total.set(currency, (total.get(currency) ?? 0n) + units)
  return total
}

/** A bill less another. */
export const lessBill = (bill: Bill, other: Bill): Bill =>
  totalBill([bill, new Map([...other].map(([currency, units]) => [currency, -units]))])

/** A bill as the page has it; what came to nothing is left out. */
export const costsOf = (bill: Bill): Amount[] =>
  [...bill]
    .filter(([, units]) => units !== 0n)
    .map(([currency, units]) => ({ currency, amount: decimalOf(units) }))
