import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { Bits } from './bits.ts'

test('bits are a set of numbers', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(2_000_000), { maxLength: 50 }), (numbers) => {
      const bits = new Bits()
      for (const number of numbers) bits.add(number)
      expect(bits.size).toBe(new Set(numbers).size)
      const copy = new Bits(bits.bytes())
      for (const number of numbers) expect(copy.has(number)).toBe(true)
      for (const number of [0, 7, 8, 1_999_999]) expect(copy.has(number)).toBe(numbers.includes(number))
    }),
  )
})
