import { describe, expect, test } from 'bun:test'
import { decimalOf, unitsOf } from '#lib/decimal.ts'
import { cohortOf } from './payback.ts'

const cohort = {
  cohort: '2026-03-02',
  players: 7,
  by_age: [
    { age: 0, amount: '10.05' },
    { age: 3, amount: '19.94' },
    { age: 9, amount: '70.01' },
  ],
  by_day: [
    { event_date: '2026-03-04', amount: '29.99' },
    { event_date: '2026-03-15', amount: '70.01' },
  ],
}
const so_far = { oldest: 20, is_running: false }

describe('a cohort', () => {
  test('is paid back on the first day through which deposits reach the cost, to the cent', () => {
    expect(cohortOf(cohort, '29.99', so_far)).toMatchObject({ payback_day: 3, paid_back_on: '2026-03-04' })
    expect(cohortOf(cohort, '30', so_far)).toMatchObject({ payback_day: 9, paid_back_on: '2026-03-15' })
    expect(cohortOf(cohort, '100', so_far)).toMatchObject({ payback_day: 9, share: 1, deposited: '100' })
    expect(cohortOf(cohort, '100.00000001', so_far)).toMatchObject({ payback_day: null, paid_back_on: null })
  })

  test('tells the share so far, and without a cost nothing of a payback', () => {
    expect(cohortOf(cohort, '400', so_far).share).toBe(0.25)
    const free = cohortOf(cohort, '0', so_far)
    expect(free).toMatchObject({ payback_day: null, paid_back_on: null, share: null, deposited: '100' })
    expect(free.curve).toEqual([])
  })

  test('has a curve that grows by each day of age, and ends with what has been deposited', () => {
    const { curve } = cohortOf(cohort, '50', so_far)
    expect(curve).toHaveLength(21)
    expect([curve[0], curve[2], curve[3], curve[8], curve[20]]).toEqual([0.201, 0.201, 0.5998, 0.5998, 2])
  })
})

test('amounts stay exact as text and as units', () => {
  for (const text of ['0', '0.00000001', '12.5', '-3.07', '99999999999999999999.12345678'])
    expect(decimalOf(unitsOf(text))).toBe(text)
  expect(unitsOf('1.50')).toBe(150_000_000n)
})
