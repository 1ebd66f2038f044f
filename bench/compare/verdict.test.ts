import { expect, test } from 'bun:test'
import { row } from '../measure/row.ts'
import { report, verdicts } from './verdict.ts'

const pairsOf = (unit: string, list: readonly (readonly [number, number])[]) =>
  list.map(([before, after]) => ({
    before: [row('edge', 'kafka', before, unit)],
    after: [row('edge', 'kafka', after, unit)],
  }))
const change = (unit: string, list: readonly (readonly [number, number])[]) =>
  verdicts(pairsOf(unit, list)).map((one) => one.change)

test('a change is one that every pair agrees on, beyond the noise; units say which way is better', () => {
  const halved = [100, 104, 98].map((value) => [value, value / 2] as const)
  expect(change('pixels/s', halved)).toEqual(['slower'])
  expect(change('ms', halved)).toEqual(['faster'])
  expect(change('events', halved)).toEqual([])
})

test('a machine that slows down between pairs is no change, nor is a little, nor what pairs do not agree on', () => {
  expect(
    change('ms', [
      [10, 10.1],
      [100, 100],
      [1_000, 1_010],
    ]),
  ).toEqual(['none'])
  expect(
    change('ms', [
      [10, 10.4],
      [10, 10.4],
      [10, 10.4],
    ]),
  ).toEqual(['none'])
  expect(
    change('ms', [
      [10, 20],
      [10, 20],
      [10, 9],
    ]),
  ).toEqual(['none'])
  expect(
    change('ms', [
      [10, 11],
      [10, 19],
      [10, 12],
    ]),
  ).toEqual(['none'])
})

test('the report names what got slower first', () => {
  expect(
    report(
      verdicts(
        pairsOf('ms', [
          [10, 20],
          [10, 20],
          [10, 21],
        ]),
      ),
    ),
  ).toBe(
    'slower: edge, kafka: 10 → 20 ms, 2.00 × (noise ± 10 %)\n0 of 1 cases are as they were, within their noise',
  )
})
