/**
 * What one row of the campaigns says, and every figure that follows from it. The same figures order the rows on the server, fill the
 * cells of the page, and stand in the CSV.
 */
import { numberOf, unitsOf } from '#lib/decimal.ts'
import { ratio } from '#lib/metric.ts'

export interface Amount {
  readonly currency: string
  /** Exact, as text. */
  readonly amount: string
}

/** Counts and sums of some days. */
export interface Figures {
  readonly visits: number
  readonly registrations: number
  readonly first_deposits: number
  readonly deposits: number
  readonly amounts: readonly (Amount & { readonly payments: number })[]
}

export interface CampaignRow extends Figures {
  /** The banner or group; for the rows of what is left and of all their words. */
  readonly name: string
  readonly kind: 'banner' | 'rest' | 'unshared' | 'total'
  /** Distinct players over the range; null where they are not known for the row. */
  readonly players: number | null
  /** How many banners the row stands for; null when unknown. */
  readonly banners: number | null
  /** Costs of the range; empty for who may not see them. */
  readonly costs: readonly Amount[]
  readonly before: Figures
  /** The plotted figure by day, week or month, oldest first. */
  readonly points: readonly number[]
}

export const FIGURES = [
  'trend',
  'visits',
  'players',
  'registrations',
  'first_deposits',
  'deposits',
  'amount',
  'visit_to_registration',
  'registration_to_first_deposit',
  'amount_per_visit',
  'cost',
  'cost_per_visit',
  'cost_per_registration',
  'cost_per_first_deposit',
  'return_on_spend',
  'result',
] as const
export type FigureKey = (typeof FIGURES)[number]

/** What can be plotted and compared with the period before. */
const PLOTTED = ['visits', 'registrations', 'first_deposits', 'deposits', 'amount'] as const
export type Plotted = (typeof PLOTTED)[number]

/** What is plotted beside rows in an order: the figure they are ordered by, where it can be, else visits. */
export const plottedBy = (key: string): Plotted => PLOTTED.find((plotted) => plotted === key) ?? 'visits'

/** The amount in a currency, exact, as text; `0` without one. */
export const amountIn = (amounts: readonly Amount[], currency: string) =>
  amounts.find((amount) => amount.currency === currency)?.amount ?? '0'

/** A plottable figure of a period. */
export const plottedOf = (figures: Figures, key: Plotted, currency: string): number =>
  key === 'amount' ? numberOf(unitsOf(amountIn(figures.amounts, currency))) : figures[key]

/** By how much of itself a figure changed against the period before; undefined where there was none. */
export function trendOf(row: CampaignRow, key: Plotted, currency: string): number | undefined {
  const share = ratio(plottedOf(row, key, currency), plottedOf(row.before, key, currency))
  return share === undefined ? undefined : share - 1
}

/** A figure of a row as a number; undefined where there is nothing to divide by, or nothing known. */
export function figureOf(row: CampaignRow, key: FigureKey, currency: string): number | undefined {
  const deposited = () => plottedOf(row, 'amount', currency)
  const known = row.costs.find((cost) => cost.currency === currency)
  const cost = known && numberOf(unitsOf(known.amount))
  const per = (count: number) => (cost === undefined ? undefined : ratio(cost, count))
  switch (key) {
    case 'trend':
      return trendOf(row, 'visits', currency)
    case 'players':
      return row.players ?? undefined
    case 'visit_to_registration':
      return ratio(row.registrations, row.visits)
    case 'registration_to_first_deposit':
      return ratio(row.first_deposits, row.registrations)
    case 'amount_per_visit':
      return ratio(deposited(), row.visits)
    case 'cost':
      return cost
    case 'cost_per_visit':
      return per(row.visits)
    case 'cost_per_registration':
      return per(row.registrations)
    case 'cost_per_first_deposit':
      return per(row.first_deposits)
    case 'return_on_spend':
      return cost === undefined ? undefined : ratio(deposited(), cost)
    case 'result':
      return cost === undefined ? undefined : deposited() - cost
    default:
      return plottedOf(row, key, currency)
  }
}
