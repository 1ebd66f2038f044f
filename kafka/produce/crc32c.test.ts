import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { crc32c } from './crc32c.ts'

const ascending = Uint8Array.from({ length: 32 }, (_, i) => i)

/** The definition, bit by bit: slow, and shares no table with the code under test. */
function bitwise(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  }
  return ~crc >>> 0
}

describe('crc32c', () => {
  // RFC 3720, appendix B.4; the first is the check value of the CRC catalogue.
  test.each([
    ['123456789', new TextEncoder().encode('123456789'), 0xe3069283],
    ['32 bytes of zeros', new Uint8Array(32), 0x8a9136aa],
    ['32 bytes of ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['32 ascending bytes', ascending, 0x46dd794e],
    ['32 descending bytes', ascending.toReversed(), 0x113fdb5c],
    ['nothing', new Uint8Array(0), 0],
  ])('%s', (_name, bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected)
  })

  test('equals the bitwise definition for any bytes and any range', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 3_000, size: 'max' }),
        fc.nat(40),
        fc.nat(40),
        (bytes, head, tail) => {
          const start = Math.min(head, bytes.length)
          const end = Math.max(start, bytes.length - tail)
          expect(crc32c(bytes, start, end)).toBe(bitwise(bytes.slice(start, end)))
        },
      ),
    )
  })
})
