import { describe, expect, test } from 'bun:test'
import { addDays, eachDay, lengthOf } from './day.ts'
import { DEFAULT_PRESET, PRESETS } from './presets.ts'
import { type ChosenRange, presetOf, previousOf, rangeOf, stepOf } from './range.ts'

const TODAY = '2026-11-21' // a Saturday
const rangeOfQuery = (query: string, today = TODAY) => {
  const params = new URLSearchParams(query)
  return rangeOf((name) => params.get(name), today)
}
const days = ({ from, to }: { from: string; to: string }) => `${from}..${to}`

describe('the range of a URL', () => {
  test('"last N days" leaves today out, "to date" has it in', () => {
    expect(days(rangeOfQuery('range=7d'))).toBe('2026-11-14..2026-11-20')
    expect(days(rangeOfQuery('range=30d'))).toBe('2026-10-22..2026-11-20')
    expect(days(rangeOfQuery('range=30d_to_date'))).toBe('2026-10-23..2026-11-21')
    expect(days(rangeOfQuery('range=wtd'))).toBe('2026-11-16..2026-11-21')
    expect(days(rangeOfQuery('range=mtd'))).toBe('2026-11-01..2026-11-21')
    expect(days(rangeOfQuery('range=ytd'))).toBe('2026-01-01..2026-11-21')
    expect(days(rangeOfQuery('range=last_month'))).toBe('2026-10-01..2026-10-31')
  })

  test('without a choice has today in it', () => {
    expect(rangeOfQuery('')).toEqual({ preset: DEFAULT_PRESET, from: '2026-10-23', to: TODAY })
  })

  test('may be any days, never after today, whichever way round', () => {
    expect(rangeOfQuery('from=2026-02-03&to=2026-02-01')).toEqual({
      preset: 'custom',
      from: '2026-02-01',
      to: '2026-02-03',
    })
    expect(days(rangeOfQuery('from=2026-11-10&to=2030-01-01'))).toBe(`2026-11-10..${TODAY}`)
    expect(days(rangeOfQuery('from=2030-01-01&to=2030-01-02'))).toBe(`${TODAY}..${TODAY}`)
    expect(lengthOf(rangeOfQuery('from=1970-01-01&to=2026-01-01'))).toBe(3660)
  })

  test('that makes no sense opens the default and says so', () => {
    for (const query of [
      'range=nonsense',
      'from=x&to=y',
      'from=2026-02-30&to=2026-03-01',
      'from=2026-01-01',
    ]) {
      expect(rangeOfQuery(query)).toMatchObject({ preset: DEFAULT_PRESET, notice: expect.any(String) })
    }
  })
})

describe('the period before', () => {
  const before = (query: string, today = TODAY) => days(previousOf(rangeOfQuery(query, today)))

  test('is as long, and of the same shape', () => {
    expect(before('range=today')).toBe('2026-11-20..2026-11-20')
    expect(before('range=7d')).toBe('2026-11-07..2026-11-13')
    expect(before('range=wtd')).toBe('2026-11-09..2026-11-14')
    expect(before('range=mtd')).toBe('2026-10-01..2026-10-21')
    expect(before('range=last_month')).toBe('2026-09-01..2026-09-30')
    expect(before('range=ytd')).toBe('2025-01-01..2025-11-21')
    expect(before('from=2026-02-01&to=2026-02-28')).toBe('2026-01-01..2026-01-31')
    expect(before('from=2026-02-01&to=2026-02-27')).toBe('2026-01-05..2026-01-31')
  })

  test('of a month to date ends where the month before ends', () => {
    expect(before('range=mtd', '2026-03-31')).toBe('2026-02-01..2026-02-28')
  })

  test('never meets the range itself', () => {
    for (const today of eachDay({ from: '2024-01-01', to: '2025-03-01' })) {
      for (const preset of PRESETS) {
        const range: ChosenRange = { preset: preset.key, ...preset.days(today) }
        const previous = previousOf(range)
        expect(previous.from <= previous.to && previous.to < range.from).toBe(true)
      }
    }
  })
})

describe('stepping', () => {
  const step = (query: string, direction: -1 | 1) => {
    const range = stepOf(rangeOfQuery(query), TODAY, direction)
    return range && `${days(range)} ${presetOf(range, TODAY) ?? 'custom'}`
  }

  test('goes by the range’s own length and never past today', () => {
    expect(step('range=today', -1)).toBe('2026-11-20..2026-11-20 yesterday')
    expect(step('range=yesterday', 1)).toBe(`${TODAY}..${TODAY} today`)
    expect(step('range=today', 1)).toBeUndefined()
    expect(step('range=mtd', -1)).toBe('2026-10-01..2026-10-31 last_month')
    expect(step('range=last_month', 1)).toBe('2026-11-01..2026-11-21 mtd')
    expect(step('range=wtd', -1)).toBe('2026-11-09..2026-11-15 custom')
    expect(step('from=2026-11-09&to=2026-11-15', 1)).toBe('2026-11-16..2026-11-21 wtd')
    expect(step('range=ytd', -1)).toBe('2025-01-01..2025-12-31 custom')
    expect(step('range=7d', 1)).toBe('2026-11-21..2026-11-21 today')
    expect(step('from=2026-02-01&to=2026-02-28', -1)).toBe('2026-01-01..2026-01-31 custom')
  })

  test('back and forward again covers the same days, from any preset on any day', () => {
    for (const today of eachDay({ from: '2024-01-01', to: '2025-03-01' })) {
      for (const preset of PRESETS) {
        const range: ChosenRange = { preset: preset.key, ...preset.days(today) }
        const back = stepOf(range, today, -1)
        if (!back) throw new Error(`no way back from ${preset.key}`)
        expect(addDays(back.to, 1)).toBe(range.from)
        expect(stepOf({ preset: 'custom', ...back }, today, 1)?.from).toBe(range.from)
      }
    }
  })
})

test('every preset has a key of its own', () => {
  const keys = PRESETS.map(({ shortcut }) => shortcut)
  expect(new Set([...keys, 'C']).size).toBe(PRESETS.length + 1)
})
