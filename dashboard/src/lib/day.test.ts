import { describe, expect, test } from 'bun:test'
import { addDays, addMonths, eachDay, endOfMonth, isDay, lengthOf, startOfWeek } from './day.ts'

describe('days', () => {
  test('are only those that exist', () => {
    expect(['2026-11-21', '2024-02-29', '1970-01-01'].every(isDay)).toBe(true)
    const bad = [
      '2026-02-29',
      '2026-13-01',
      '2026-1-1',
      '20261121',
      '1969-12-31',
      '2150-01-01',
      '',
      '2026-11-21T00:00',
    ]
    expect(bad.filter(isDay)).toEqual([])
  })

  test('add up over ends of months, leap days and clock changes', () => {
    expect(addDays('2026-03-28', 2)).toBe('2026-03-30')
    expect(addDays('2024-02-28', 1)).toBe('2024-02-29')
    expect(addDays('2026-01-01', -1)).toBe('2025-12-31')
    expect(lengthOf({ from: '2026-10-01', to: '2026-10-31' })).toBe(31)
    expect(eachDay({ from: '2026-12-30', to: '2027-01-02' })).toHaveLength(4)
  })

  test('of another month stay within it', () => {
    expect(addMonths('2026-03-31', -1)).toBe('2026-02-28')
    expect(addMonths('2024-02-29', 12)).toBe('2025-02-28')
    expect(addMonths('2026-01-15', -1)).toBe('2025-12-15')
    expect(endOfMonth('2026-12-05')).toBe('2026-12-31')
  })

  test('of a week begin on Monday', () => {
    expect(startOfWeek('2026-11-22')).toBe('2026-11-16')
    expect(startOfWeek('2026-11-16')).toBe('2026-11-16')
  })
})
