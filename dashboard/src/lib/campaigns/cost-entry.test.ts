import { describe, expect, test } from 'bun:test'
import { money, moneyRate, moneyRounded } from '#lib/money.ts'
import { type CostFields, costKey, fieldsOf, readCost } from './cost-entry.ts'
import { groupingOf } from './grouping.ts'
import { compareChange } from './names.ts'

const good: CostFields = {
  banner_tag: 'summer_tv',
  applies_to: 'banner',
  from_day: '2026-11-01',
  to_day: '2026-11-30',
  amount: '1 200.50',
  currency: 'eur',
  note: ' Invoice\n114 ',
}
const errorsOf = (more: Partial<CostFields>) =>
  Object.fromEntries(readCost({ ...good, ...more }).errors.map(({ field, message }) => [field, message]))

describe('a cost as entered', () => {
  test('is read as a person means it', () => {
    const { cost, errors } = readCost(good)
    expect(errors).toEqual([])
    expect(cost).toEqual({
      banner_tag: 'summer_tv',
      is_prefix: false,
      from_day: '2026-11-01',
      to_day: '2026-11-30',
      amount: '1200.50',
      currency: 'EUR',
      decimals: 2,
      note: 'Invoice 114',
    })
    expect(costKey(readCost(fieldsOf(cost)).cost)).toBe(costKey(cost))
    expect(readCost({ ...good, amount: '1200.5' }).cost.amount).toBe('1200.5')
  })

  test('is spread in the coins of its currency, and finer only where it is finer itself', () => {
    const decimals = (amount: string, currency: string) =>
      readCost({ ...good, amount, currency }).cost.decimals
    expect(decimals('1000', 'JPY')).toBe(0)
    expect(decimals('10.500', 'EUR')).toBe(2)
    expect(decimals('10.505', 'EUR')).toBe(8)
    expect(decimals('1', 'KWD')).toBe(3)
    expect(decimals('1', 'USDT')).toBe(8)
  })

  test.each([
    [{ banner_tag: ' ' }, 'banner_tag', 'Name the banner'],
    [{ banner_tag: 'x'.repeat(129) }, 'banner_tag', 'at most 128'],
    [{ applies_to: 'group' }, 'applies_to', '“group” is neither'],
    [{ from_day: '' }, 'from_day', 'Give the first day'],
    [{ from_day: '01.11.2026' }, 'from_day', '“01.11.2026” is not a day'],
    [{ to_day: '2026-02-30' }, 'to_day', 'is not a day'],
    [{ to_day: '2026-10-31' }, 'to_day', 'before the first'],
    [{ to_day: '2040-01-01' }, 'to_day', 'at most 3660 days'],
    [{ amount: '' }, 'amount', 'Give the amount'],
    [{ amount: '1.200,50' }, 'amount', '“1.200,50” is not an amount'],
    [{ amount: '-5' }, 'amount', 'is not an amount'],
    [{ amount: '1e9' }, 'amount', 'is not an amount'],
    [{ amount: '0.00' }, 'amount', 'more than nothing'],
    [{ currency: '€' }, 'currency', '“€” is not a currency'],
    [{ note: 'x'.repeat(501) }, 'note', 'at most 500'],
  ] as const)('says what is wrong: %j', (more, field, words) => {
    expect(errorsOf(more)).toEqual({ [field]: expect.stringContaining(words) })
  })

  test('of every banner needs no beginning', () => {
    expect(errorsOf({ banner_tag: '', applies_to: 'prefix' })).toEqual({})
  })
})

test('money is shown in full, with the coins of its currency', () => {
  const plain = (text: string) => text.replaceAll('\u2009', ' ')
  expect(plain(money('1234567.5', 'EUR'))).toBe('1 234 567.50')
  expect(plain(money('0.00012345', 'BTC'))).toBe('0.00012345')
  expect(plain(money('-1200', 'JPY'))).toBe('−1 200')
  expect(plain(moneyRounded('1494.98517425', 'EUR'))).toBe('1 494.99')
  expect(plain(moneyRounded('-0.005', 'EUR'))).toBe('−0.01')
  expect(plain(moneyRate(1234.567, 'EUR'))).toBe('1 234.57')
  expect(plain(moneyRate(0.012_345, 'EUR'))).toBe('0.0123')
  expect(plain(moneyRate(0, 'EUR'))).toBe('0.00')
})

test('a grouping is named by what it cuts at, and nothing else is one', () => {
  expect(groupingOf(null)).toEqual({ by: 'banner' })
  expect(groupingOf('__')).toEqual({ by: 'separator', separator: '_', parts: 2 })
  expect(groupingOf('.')).toEqual({ by: 'separator', separator: '.', parts: 1 })
  expect(groupingOf('12')).toEqual({ by: 'characters', characters: 12 })
  for (const text of ['0', '-_', '____', '999', 'x', "'", '65']) expect(groupingOf(text)).toBeUndefined()
})

test('two rows stand side by side; a third takes the second place, a second press takes one away', () => {
  expect(compareChange([], 'a')).toEqual({ compare: 'a', with: null })
  expect(compareChange(['a'], 'b')).toEqual({ compare: 'a', with: 'b' })
  expect(compareChange(['a', 'b'], '')).toEqual({ compare: 'a', with: '' })
  expect(compareChange(['a', 'b'], 'a')).toEqual({ compare: 'b', with: null })
  expect(compareChange(['a'], 'a')).toEqual({ compare: null, with: null })
})
