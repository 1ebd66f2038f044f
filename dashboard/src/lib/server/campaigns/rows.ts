/** Puts the readings together into rows: in order, cut to what fits, with what is left and the total, which is what all rows add up to. */
import type { NamedCost } from '@rtpx/clickhouse/queries/costs'
import { type CampaignRow, type FigureKey, figureOf } from '#lib/campaigns/figures.ts'
import { unitsOf } from '#lib/decimal.ts'
import { type Sorting, sorted } from '#lib/sorting.ts'
import {
  add,
  type Bill,
  costsOf,
  figuresOf,
  lessBill,
  noSums,
  type Sums,
  type SumsByName,
  totalBill,
} from './sums.ts'

/** Players and banners of a name. */
export type Reach = ReadonlyMap<string | null, { readonly players: number; readonly banners: number }>

export interface Readings {
  readonly now: SumsByName
  readonly before: SumsByName
  /** Null when they could not be counted. */
  readonly reach: Reach | null
  readonly bills: ReadonlyMap<string | null, Bill>
}

/** Costs by name as bills. */
export function billsOf(costs: readonly NamedCost[]): Map<string | null, Bill> {
  const bills = new Map<string | null, Bill>()
  for (const { name, currency, amount } of costs)
    bills.set(name, totalBill([bills.get(name) ?? new Map(), new Map([[currency, unitsOf(amount)]])]))
  return bills
}

const noBill: Bill = new Map()

/** The row of a name, whether or not anything is known of it. */
export const rowOf = ({ now, before, reach, bills }: Readings, name: string): CampaignRow => ({
  name,
  kind: 'banner',
  ...figuresOf(now.get(name) ?? noSums()),
  players: reach ? (reach.get(name)?.players ?? (name === '' ? null : 0)) : null,
  banners: reach?.get(name)?.banners ?? null,
  costs: costsOf(bills.get(name) ?? noBill),
  before: figuresOf(before.get(name) ?? noSums()),
  points: [],
})

/** Names with anything in the range, or a cost. */
const namesOf = ({ now, bills }: Readings): string[] =>
  [...new Set([...now.keys(), ...bills.keys()])].filter((name) => name !== null)

export interface Cut {
  readonly sorting: Sorting
  readonly wanted: string
  readonly currency: string
  readonly offset: number
  readonly limit: number
}

/** The rows of a question: those shown, those left and the total. Players of what is left are not known here. */
export function cutRows(readings: Readings, { sorting, wanted, currency, offset, limit }: Cut) {
  const text = wanted.toLowerCase()
  const names = namesOf(readings).filter((name) => name.toLowerCase().includes(text))
  const rows = sorted(
    sorted(
      names.map((name) => rowOf(readings, name)),
      { key: 'name', descending: false },
      ({ name }) => name,
    ),
    sorting,
    (row) => (sorting.key === 'name' ? row.name : figureOf(row, sorting.key as FigureKey, currency)),
  )
  const shown = rows.slice(offset, offset + limit)
  const all = wanted === '' ? null : names
  const total = sumsOf(readings, all)
  const unshared = all === null ? unsharedBill(readings) : noBill
  const left = leftOver(
    total,
    sumsOf(
      readings,
      shown.map(({ name }) => name),
    ),
    unshared,
  )
  return {
    names: names.length,
    shown,
    total: summaryRow('total', total, all === null ? readings.reach?.get(null) : undefined),
    rest: [
      ...(rows.length > shown.length || hasAny(left) ? [summaryRow('rest', left)] : []),
      ...(costsOf(unshared).length > 0
        ? [summaryRow('unshared', { now: noSums(), before: noSums(), bill: unshared })]
        : []),
    ],
  }
}

interface Summary {
  readonly now: Sums
  readonly before: Sums
  readonly bill: Bill
}

/** Of some names together, or of all there are. */
function sumsOf({ now, before, bills }: Readings, names: readonly string[] | null): Summary {
  const own = names ?? [null]
  const together = (sums: SumsByName) =>
    own.reduce((sum, name) => add(sum, sums.get(name) ?? noSums()), noSums())
  return {
    now: together(now),
    before: together(before),
    bill: totalBill(own.map((name) => bills.get(name) ?? noBill)),
  }
}

const leftOver = (total: Summary, shown: Summary, unshared: Bill): Summary => ({
  now: add(add(noSums(), total.now), shown.now, -1),
  before: add(add(noSums(), total.before), shown.before, -1),
  bill: lessBill(lessBill(total.bill, shown.bill), unshared),
})

/** Costs that are in the total and nobody's. */
function unsharedBill({ bills }: Readings): Bill {
  const given = totalBill([...bills].filter(([name]) => name !== null).map(([, bill]) => bill))
  return lessBill(bills.get(null) ?? noBill, given)
}

function hasAny({ now, bill }: Summary): boolean {
  const { amounts, ...counts } = figuresOf(now)
  return amounts.length > 0 || costsOf(bill).length > 0 || Object.values(counts).some((count) => count !== 0)
}

const summaryRow = (
  kind: CampaignRow['kind'],
  { now, before, bill }: Summary,
  reach?: { readonly players: number; readonly banners: number },
): CampaignRow => ({
  name: '',
  kind,
  ...figuresOf(now),
  players: reach?.players ?? null,
  banners: reach?.banners ?? null,
  costs: costsOf(bill),
  before: figuresOf(before),
  points: [],
})
