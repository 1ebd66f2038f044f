import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { RateLimiter } from './rate-limiter.ts'

describe('RateLimiter', () => {
  test('lets a burst through, then the rate, for each key alone', () => {
    const limiter = new RateLimiter({ perSecond: 2, burst: 3 })
    expect([1, 2, 3, 4].map(() => limiter.take('a', 1, 0))).toEqual([0, 0, 0, 1])
    expect(limiter.take('b', 1, 0)).toBe(0)
    expect(limiter.take('a', 1, 500)).toBe(0)
    expect(limiter.take('a', 1, 600)).toBe(1)
  })

  test('a batch larger than the burst passes once and pays by waiting', () => {
    const limiter = new RateLimiter({ perSecond: 10, burst: 5 })
    expect(limiter.take('a', 105, 0)).toBe(0)
    expect(limiter.take('a', 1, 1_000)).toBe(10)
    expect(limiter.take('a', 1, 10_100)).toBe(0)
  })

  test('never lets more through than burst plus rate, and a clock that jumps back gives nothing away', () => {
    const step = fc.record({
      wait: fc.integer({ min: -500, max: 2_000 }),
      events: fc.integer({ min: 1, max: 10 }),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const limiter = new RateLimiter({ perSecond: 5, burst: 20 })
        let [now, elapsed, passed, largest] = [0, 0, 0, 0]
        for (const { wait, events } of steps) {
          now += wait
          elapsed += Math.max(0, wait)
          largest = Math.max(largest, events)
          if (limiter.take('a', events, now) === 0) passed += events
        }
        expect(passed).toBeLessThanOrEqual(20 + (elapsed / 1000) * 5 + largest)
      }),
    )
  })

  test('remembers a bounded number of keys', () => {
    const limiter = new RateLimiter({ perSecond: 1, burst: 1 }, 100)
    for (let key = 0; key < 10_000; key += 1) limiter.take(String(key), 1, 0)
    expect(limiter.take('9999', 1, 0)).toBe(1)
    expect(limiter.take('0', 1, 0)).toBe(0)
  })
})
