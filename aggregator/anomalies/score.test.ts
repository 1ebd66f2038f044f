import { expect, test } from 'bun:test'
import { scoreOf, thresholdFor } from './score.ts'

test('a count of zero scores the exact probability, Poisson in the limit', () => {
  expect(scoreOf(0, 15, 1e-9)).toBeCloseTo(15, 4)
  expect(scoreOf(0, 15, 0.1)).toBeCloseTo(10 * Math.log(2.5), 9)
})

test('the score never claims more than the tail it bounds', () => {
  // The negative binomial's tails, summed term by term.
  for (const [expected, dispersion] of [
    [3, 0.01],
    [20, 0.05],
    [200, 0.02],
  ] as const) {
    const shape = 1 / dispersion
    let term = (1 + dispersion * expected) ** -shape
    let below = 0
    for (let count = 0; count < expected * 4; count += 1) {
      // Beyond, the sum's rounding is larger than what is left of the tail.
      if (count > expected && 1 - below > 1e-9)
        expect(scoreOf(count, expected, dispersion)).toBeLessThanOrEqual(-Math.log(1 - below) + 1e-6)
      below = Math.min(below + term, 1 - 1e-12)
      if (count < expected)
        expect(scoreOf(count, expected, dispersion)).toBeLessThanOrEqual(-Math.log(below) + 1e-6)
      term *= ((count + shape) / (count + 1)) * (expected / (expected + shape))
    }
  }
})

test('more series need more', () => {
  expect(thresholdFor(100) - thresholdFor(10)).toBeCloseTo(Math.log(10), 9)
  expect(thresholdFor(0)).toBe(thresholdFor(1))
})
