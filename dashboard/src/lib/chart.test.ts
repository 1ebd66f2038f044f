import { describe, expect, test } from 'bun:test'
import { axisTop, chartRows, linePath, timeTicks, valueTicks } from './chart.ts'
import { metricOf, plottedMetrics } from './metric.ts'
import type { Overview } from './overview.ts'

const overview = {
  today: '2026-11-21',
  unit: 'day',
  previous: { from: '2026-11-18', to: '2026-11-19' },
  range: { preset: 'custom', from: '2026-11-20', to: '2026-11-21' },
  buckets: ['2026-11-20', '2026-11-21'],
  unfinished: 1,
  now: { visit: [10, 4], registration: [5, 0] },
  before: { visit: [8] },
} as unknown as Overview

test('a line has gaps where there is no value', () => {
  const points = [1, 2, undefined, 4, undefined].map((value, index) => [index * 10, value] as const)
  expect(linePath(points, (value) => value / 3)).toBe('M0,0.3L10,0.7M30,1.3')
  expect(linePath([], (value) => value)).toBe('')
})

describe('the rows of the chart', () => {
  test('are one per bucket, with gaps for what is to come', () => {
    const rows = chartRows({ ...overview, unfinished: 0 }, plottedMetrics('visit'))
    expect(rows.map((row) => [row.name, row.now.visit, row.before.visit])).toEqual([
      ['Yesterday', 10, 8],
      ['Today', undefined, undefined],
    ])
  })

  test('of a rate divide bucket by bucket', () => {
    const rows = chartRows(overview, [metricOf('visit_to_registration')])
    expect(rows.map((row) => row.now.visit_to_registration)).toEqual([0.5, 0])
    expect(rows[0]?.before.visit_to_registration).toBe(0)
  })
})

describe('the axes', () => {
  test('end on a round number above every value', () => {
    const rows = (value: number) => [
      { index: 0, name: '', nameBefore: '', now: { visit: value }, before: {} },
    ]
    for (const value of [0, 1, 3, 4, 7, 99, 100, 101, 1234, 48_213, 9_999_999]) {
      const top = axisTop(rows(value), false)
      const ticks = valueTicks(top, false)
      expect(top).toBeGreaterThanOrEqual(value)
      expect(ticks.at(-1)).toBe(top)
      expect(ticks.every(Number.isInteger)).toBe(true)
      expect(ticks.length).toBeLessThanOrEqual(6)
    }
    expect(axisTop(rows(0.3), true)).toBeCloseTo(0.3)
  })

  test('name as many buckets as fit, always the last', () => {
    expect(timeTicks(1, 10, 'day')).toEqual([0])
    expect(timeTicks(30, 10, 'day')).toEqual([1, 5, 9, 13, 17, 21, 25, 29])
    expect(timeTicks(365, 4, 'day').at(-1)).toBe(364)
    expect(timeTicks(24, 0, 'day')).toEqual([0, 23])
    expect(timeTicks(24, 4, 'hour')).toEqual([0, 6, 12, 18])
    expect(timeTicks(25, 30, 'hour')).toHaveLength(25)
  })
})
