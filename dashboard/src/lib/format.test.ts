import { describe, expect, test } from 'bun:test'
import { changeOf, rateChangeOf } from './change.ts'
import { axisNumber, compactNumber, dayName, percent, rangeName, typeName, wholeNumber } from './format.ts'

describe('numbers', () => {
  test('have thin spaces between thousands', () => {
    expect([0, 999, 1000, 48213, 1234567].map(wholeNumber)).toEqual([
      '0',
      '999',
      '1\u2009000',
      '48\u2009213',
      '1\u2009234\u2009567',
    ])
  })

  test('become short from a million on', () => {
    expect([999_999, 1_240_000, 2_500_000_000, 3.1e12, 2 ** 64].map(compactNumber)).toEqual([
      '999\u2009999',
      '1.24\u2009M',
      '2.50\u2009B',
      '3.10\u2009T',
      '1.8×10¹⁹',
    ])
    expect([0, 2500, 10_000, 12_500, 2_000_000].map(axisNumber)).toEqual([
      '0',
      '2\u2009500',
      '10\u2009k',
      '12.5\u2009k',
      '2\u2009M',
    ])
  })

  test('as a share keep one digit', () => {
    expect([0, 0.1234, 1, 12.5].map(percent)).toEqual(['0.0%', '12.3%', '100.0%', '1\u2009250%'])
  })
})

describe('days', () => {
  test('are called as people call them', () => {
    expect(dayName('2026-11-21', '2026-11-21')).toBe('Today')
    expect(dayName('2026-11-20', '2026-11-21')).toBe('Yesterday')
    expect(dayName('2026-11-19', '2026-11-21')).toBe('Thu 19 Nov')
    expect(dayName('2025-11-21', '2026-11-21')).toBe('Fri 21 Nov 2025')
  })

  test('of a range say what differs', () => {
    const name = (from: string, to: string) => rangeName({ from, to }, '2026-11-21')
    expect(name('2026-11-01', '2026-11-21')).toBe('1 – 21 Nov')
    expect(name('2026-10-23', '2026-11-21')).toBe('23 Oct – 21 Nov')
    expect(name('2025-10-01', '2025-10-31')).toBe('1 – 31 Oct 2025')
    expect(name('2025-12-30', '2026-01-02')).toBe('30 Dec 2025 – 2 Jan 2026')
    expect(name('2026-11-20', '2026-11-20')).toBe('Fri 20 Nov')
    expect(name('2025-11-20', '2025-11-20')).toBe('Thu 20 Nov 2025')
  })
})

describe('a change', () => {
  test('always has a word', () => {
    expect(changeOf(112, 100)).toEqual({ direction: 'up', amount: '12.0%', words: 'up from 100' })
    expect(changeOf(50, 100)).toEqual({ direction: 'down', amount: '50.0%', words: 'down from 100' })
    expect(changeOf(270, 10)).toMatchObject({ amount: '×27' })
    expect(changeOf(2_000_000, 10)).toMatchObject({ amount: 'over ×1000' })
    expect(changeOf(5, 0)).toEqual({ direction: 'up', amount: '', words: 'none before' })
    expect(changeOf(0, 0)).toMatchObject({ direction: 'same', words: 'none before either' })
    expect(changeOf(7, 7)).toMatchObject({ direction: 'same', words: 'no change' })
  })

  test('of a rate is in points of what is shown', () => {
    expect(rateChangeOf(0.124, 0.12)).toEqual({
      direction: 'up',
      amount: '0.4 points',
      words: 'up from 12.0%',
    })
    expect(rateChangeOf(0.12001, 0.12)).toMatchObject({ direction: 'same' })
    expect(rateChangeOf(undefined, 0.12)).toMatchObject({ direction: 'same', words: 'nothing to compare' })
  })
})

test('event types read as words', () => {
  expect(typeName('page_view')).toBe('Page view')
})
