import { expect, test } from 'bun:test'
import { cpus } from 'node:os'
import fc from 'fast-check'
import { busyNote } from './machine.ts'
import { checkBars, row, rowOfRounds, table } from './row.ts'
import { median, percentile, slope, slopeError } from './stats.ts'

const values = fc.array(fc.integer(), { minLength: 1 })

test('a percentile is one of the values with its share at or below it', () => {
  fc.assert(
    fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (list, share) => {
      const value = percentile(list, share)
      expect(list).toContain(value)
      expect(list.filter((other) => other <= value).length).toBeGreaterThanOrEqual(share * list.length - 1e-9)
    }),
  )
  expect(percentile([5, 1, 3, 2, 4], 0.5)).toBe(3)
  expect(percentile([5, 1, 3, 2, 4], 0.99)).toBe(5)
  expect(() => percentile([], 0.5)).toThrow(RangeError)
})

test('a median has as many values above as below', () => {
  fc.assert(
    fc.property(values, (list) => {
      const middle = median(list)
      expect(list.filter((value) => value < middle).length).toBeLessThanOrEqual(list.length / 2)
      expect(list.filter((value) => value > middle).length).toBeLessThanOrEqual(list.length / 2)
    }),
  )
  expect(median([4, 1, 3, 2])).toBe(2.5)
  expect(() => median([])).toThrow(RangeError)
})

test('a line through points on a line has its slope and no error; ups and downs leave the slope an error that holds it', () => {
  const line = Array.from({ length: 50 }, (_, index) => 100 + 2 * index)
  expect(slope(line)).toBeCloseTo(2)
  expect([slope([1, 3, 5, 7]), slope([4, 4, 4])]).toEqual([2, 0])
  expect(slopeError(line)).toBeCloseTo(0)
  const flat = line.map((_, index) => 100 + (index % 2 ? 5 : -5))
  expect(Math.abs(slope(flat))).toBeLessThan(2 * slopeError(flat))
  expect([slopeError([1, 2]), slope([1])]).toEqual([0, 0])
})

const BASE = row('edge', 'nginx', 100_000, 'pixels/s')
const EDGE = row('edge', 'kafka', 38_123.456, 'pixels/s', 'nginx', [BASE])

test('a row is compared with its base when that was measured', () => {
  expect(EDGE).toEqual({
    bench: 'edge',
    case: 'kafka',
    value: 38_120,
    unit: 'pixels/s',
    ratio_to: 'nginx',
    ratio: 0.3812,
  })
  expect(row('edge', 'kafka', 5, 'ms', 'nginx', [BASE])).toMatchObject({ ratio_to: null, ratio: null })
  expect(table([BASE, EDGE]).split('\n')).toEqual([
    'bench  case     value  unit      ratio',
    'edge   nginx  100,000  pixels/s',
    'edge   kafka   38,120  pixels/s  0.38 × nginx',
  ])
})

test('a ratio over rounds is that of the rounds, however the machine fared between them', () => {
  const base = { name: 'nginx', values: [100, 10, 50] }
  expect(rowOfRounds('edge', 'kafka', { values: [50, 5, 25], base }, 'pixels/s')).toMatchObject({
    value: 25,
    ratio_to: 'nginx',
    ratio: 0.5,
  })
  expect(rowOfRounds('edge', 'nginx', { values: [100, 10, 50] }, 'pixels/s')).toMatchObject({
    value: 50,
    ratio: null,
  })
})

test('a bar fails when the value is too small, too large or missing', () => {
  const bar = (limits: object, name = 'kafka') =>
    checkBars([BASE, EDGE], [{ bench: 'edge', case: name, unit: 'pixels/s', ...limits }])
  expect(bar({ atLeast: 25_000 })).toEqual({
    hold: true,
    lines: ['holds: edge, kafka ≥ 25,000 pixels/s: 38,120'],
  })
  expect(bar({ atLeast: 40_000 }).hold).toBe(false)
  expect(bar({ atMost: 30_000 }).hold).toBe(false)
  expect(bar({ atLeast: 1 }, 'other').lines[0]).toContain('not measured')
  expect(bar({ atLeast: 1 }, 'other').hold).toBe(false)
})

test('a machine that others keep busy is told of', async () => {
  const others = Array.from({ length: cpus().length }, () => Bun.spawn(['sh', '-c', 'while :; do :; done']))
  expect(await busyNote(300)).toMatch(/^others took \d+ % of the machine before it began/)
  for (const other of others) other.kill()
})
