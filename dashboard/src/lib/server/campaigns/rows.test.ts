/** Whatever is shown, in whatever order and however many: rows, what is left of them, and the total say the same. */
import { describe, expect, test } from 'bun:test'
import { type CampaignRow, FIGURES, figureOf } from '#lib/campaigns/figures.ts'
import { unitsOf } from '#lib/decimal.ts'
import { billsOf, cutRows, type Readings } from './rows.ts'
import { sumUp } from './sums.ts'

let seed = 7
const random = (below: number) => {
  seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
  return seed % below
}
const CURRENCIES = ['EUR', 'USD', '']

function readings(names: number): Readings {
  const named = Array.from({ length: names }, (_, index) => (index === 0 ? '' : `banner ${index}`))
  const period = () => {
    const counts = named.map((name) => ({
      name,
      visits: random(50),
      registrations: random(9),
      deposits: random(5),
    }))
    const first = named.filter(() => random(2) === 0).map((name) => ({ name, first_deposits: random(4) }))
    const amounts = named.flatMap((name) =>
      CURRENCIES.filter(() => random(3) > 0).map((currency) => ({
        name,
        currency,
        amount: `${random(999)}.${random(99) + 100}`,
        payments: 1 + random(3),
      })),
    )
    const total = <Row extends object>(rows: readonly Row[], key: keyof Row) =>
      rows.reduce((sum, row) => sum + Number(row[key]), 0)
    return sumUp({
      counts: [
        ...counts,
        {
          name: null,
          visits: total(counts, 'visits'),
          registrations: total(counts, 'registrations'),
          deposits: total(counts, 'deposits'),
        },
      ],
      first_deposits: [...first, { name: null, first_deposits: total(first, 'first_deposits') }],
      amounts: [
        ...amounts,
        ...CURRENCIES.map((currency) => {
          const own = amounts.filter((row) => row.currency === currency)
          const units = own.reduce((sum, row) => sum + unitsOf(row.amount), 0n)
          return {
            name: null,
            currency,
            amount: `${units / 100_000_000n}.${String(units % 100_000_000n).padStart(8, '0')}`,
            payments: total(own, 'payments'),
          }
        }),
      ],
    })
  }
  const costs = named
    .filter(() => random(3) === 0)
    .map((name) => ({ name, period: '', currency: 'EUR', amount: `${1 + random(99)}.5` }))
  const sum = costs.reduce((sum, { amount }) => sum + Number(amount), 0)
  return {
    now: period(),
    before: period(),
    reach: new Map<string | null, { players: number; banners: number }>([
      ...named.map((name) => [name, { players: random(40), banners: 1 }] as const),
      [null, { players: 99, banners: names }],
    ]),
    bills: billsOf([...costs, { name: null, period: '', currency: 'EUR', amount: String(sum + 12.25) }]),
  }
}

const added = (rows: readonly CampaignRow[]) => {
  const sums: Record<string, bigint> = {}
  const add = (key: string, value: bigint) => {
    sums[key] = (sums[key] ?? 0n) + value
  }
  for (const row of rows) {
    for (const key of ['visits', 'registrations', 'first_deposits', 'deposits'] as const) {
      add(key, BigInt(row[key]))
      add(`before ${key}`, BigInt(row.before[key]))
    }
    for (const { currency, amount, payments } of row.amounts) {
      add(`amount ${currency}`, unitsOf(amount))
      add(`payments ${currency}`, BigInt(payments))
    }
    for (const { currency, amount } of row.before.amounts) add(`before ${currency}`, unitsOf(amount))
    for (const { currency, amount } of row.costs) add(`cost ${currency}`, unitsOf(amount))
  }
  return Object.fromEntries(Object.entries(sums).filter(([, value]) => value !== 0n))
}

const base = {
  sorting: { key: 'visits', descending: true },
  wanted: '',
  currency: 'EUR',
  offset: 0,
  limit: 10,
}

describe('the rows', () => {
  test('and what is left add up to the total, in every order and cut', () => {
    for (const names of [1, 7, 40])
      for (const key of ['name', ...FIGURES])
        for (const limit of [3, 200]) {
          const cut = cutRows(readings(names), {
            ...base,
            sorting: { key, descending: names % 2 === 0 },
            limit,
          })
          expect(cut.shown.length).toBe(Math.min(limit, cut.names))
          expect(added([...cut.shown, ...cut.rest])).toEqual(added([cut.total]))
          expect(cut.rest.map(({ kind }) => kind)).toEqual(
            names > limit ? ['rest', 'unshared'] : ['unshared'],
          )
        }
  })

  test('come in order, those without a value last, and no page misses or repeats one', () => {
    const all = readings(33)
    for (const descending of [true, false]) {
      const sorting = { key: 'cost_per_registration', descending }
      const pages = [0, 10, 20, 30].map((offset) => cutRows(all, { ...base, sorting, offset }).shown)
      expect(
        pages
          .flat()
          .map(({ name }) => name)
          .toSorted(),
      ).toEqual(
        cutRows(all, { ...base, limit: 99 })
          .shown.map(({ name }) => name)
          .toSorted(),
      )
      const values = pages.flat().map((row) => figureOf(row, 'cost_per_registration', 'EUR'))
      const known = values.filter((value) => value !== undefined)
      expect(values.slice(0, known.length)).toEqual(known.toSorted((a, b) => (descending ? b - a : a - b)))
    }
  })

  test('that hold the wanted text add up to their own total', () => {
    const cut = cutRows(readings(40), { ...base, wanted: 'BANNER 1', limit: 4 })
    expect(cut.names).toBe(11)
    expect(added([...cut.shown, ...cut.rest])).toEqual(added([cut.total]))
    expect(cut.rest.map(({ kind }) => kind)).toEqual(['rest'])
    expect(cut.total.players).toBeNull()
    expect(cutRows(readings(5), { ...base, wanted: 'nobody' })).toMatchObject({
      names: 0,
      shown: [],
      rest: [],
    })
  })
})
