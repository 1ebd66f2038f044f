import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { randomOf } from './random.ts'

const mean = (count: number, draw: () => number) =>
  Array.from({ length: count }, draw).reduce((sum, value) => sum + value, 0) / count

test('the same keys give the same numbers, other keys others', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer(), (name, day) => {
      const draw = (random: { next(): number }) => Array.from({ length: 5 }, random.next)
      expect(draw(randomOf(name, day))).toEqual(draw(randomOf(name, day)))
      expect(draw(randomOf(name, day))).not.toEqual(draw(randomOf(name, day + 1)))
    }),
  )
})

test('draws have the distributions they are named after', () => {
  const random = randomOf('test')
  expect(mean(20_000, random.next)).toBeCloseTo(0.5, 1)
  expect(mean(20_000, () => random.poisson(3))).toBeCloseTo(3, 0)
  expect(mean(20_000, () => random.poisson(200)) / 200).toBeCloseTo(1, 1)
  expect(mean(20_000, () => random.exponential(2))).toBeCloseTo(2, 0)
  expect(mean(20_000, () => Number(random.chance(0.2)))).toBeCloseTo(0.2, 1)
  expect(mean(20_000, () => Number(random.lognormal(40, 0.8) < 40))).toBeCloseTo(0.5, 1)
  expect(
    mean(20_000, () =>
      random.weighted([
        [1, 3],
        [0, 1],
      ]),
    ),
  ).toBeCloseTo(0.75, 1)
})

test('draws stay in their range', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 50 }), (seed, count) => {
      const random = randomOf(seed)
      expect(random.index(count)).toBeWithin(0, count)
      expect(random.between(5, 6)).toBeWithin(5, 6)
      expect(random.poisson(0)).toBe(0)
      expect(random.pick([count])).toBe(count)
    }),
  )
})
