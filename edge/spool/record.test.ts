import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { batchOfLines, linesOf } from '../sinks/memory-sink.ts'
import type { Batch } from '../sinks/sink.ts'
import { cutBatch } from './cut.ts'
import { decodeRecord, encodeRecord, findMagic, HEADER_BYTES } from './record.ts'

function encode(piece: Batch, sequence = 7, appendedAt = 1_700_000_000_000): Buffer {
  const buffer = Buffer.alloc(HEADER_BYTES + piece.lines.byteLength)
  expect(encodeRecord(buffer, 0, piece, sequence, appendedAt)).toBe(buffer.length)
  return buffer
}

const json = fc.json().map((text) => text.replaceAll('\n', ' '))
const anyPiece = fc
  .record({ partition: fc.integer({ min: -1, max: 2 ** 31 - 1 }), lines: fc.array(json, { minLength: 1 }) })
  .map(({ partition, lines }) => batchOfLines(partition, lines))

describe('a record', () => {
  test('comes back as it was written', () => {
    fc.assert(
      fc.property(anyPiece, fc.maxSafeNat(), fc.maxSafeNat(), (piece, sequence, appendedAt) => {
        const buffer = encode(piece, sequence, appendedAt)
        const record = {
          ...piece,
          lines: new Uint8Array(piece.lines),
          sequence,
          appendedAt,
          bytes: buffer.length,
        }
        expect(decodeRecord(buffer, 0)).toEqual({ kind: 'record', record })
      }),
    )
  })

  test('with any one bit flipped is not a record of that length', () => {
    const buffer = encode(batchOfLines(3, ['{"a":1}', '{"b":"é"}']))
    for (let bit = 0; bit < buffer.length * 8; bit++) {
      const flipped = Buffer.from(buffer)
      flipped.writeUInt8((flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7)), bit >> 3)
      expect(decodeRecord(flipped, 0).kind).not.toBe('record')
    }
  })

  test('cut anywhere asks for more, and never reads past its end', () => {
    const buffer = encode(batchOfLines(3, ['{"a":1}']))
    for (let size = 0; size < buffer.length; size++) {
      const decoded = decodeRecord(buffer.subarray(0, size), 0)
      expect(decoded).toEqual({ kind: 'short', needed: size < HEADER_BYTES ? HEADER_BYTES : buffer.length })
    }
  })

  test('cannot be faked from inside an event', () => {
    const inner = encode(batchOfLines(0, ['{"forged":true}']))
    const hostile = [inner.toString('latin1'), inner.toString('utf8'), '\u00ffrx\u0001', '\ud800\udcff']
    const buffer = encode(batchOfLines(1, hostile))
    expect(findMagic(buffer, 1)).toBe(-1)
  })

  test('with an absurd length does not ask for the memory', () => {
    const buffer = encode(batchOfLines(0, ['{}']))
    buffer.writeUInt32LE(0xffffffff, 8)
    expect(decodeRecord(buffer, 0)).toEqual({ kind: 'bad' })
  })
})

describe('cutBatch', () => {
  test('keeps every line whole and in order, each piece within the limit', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme', maxLength: 12 }), { maxLength: 60, size: 'max' }),
        fc.integer({ min: 400, max: 500 }),
        (lines, max) => {
          const pieces = cutBatch(batchOfLines(5, lines), max)
          const back = pieces.flatMap((piece) => {
            expect(piece.partition).toBe(5)
            expect(piece.lines.byteLength).toBeLessThanOrEqual(max)
            expect(linesOf(piece)).toHaveLength(piece.events)
            return linesOf(piece)
          })
          expect(back).toEqual(lines)
        },
      ),
    )
  })

  test('refuses a line that fits no record', () => {
    const batch = batchOfLines(0, ['x', 'y'.repeat(11), 'z'])
    expect(() => cutBatch(batch, 10)).toThrow(
      expect.objectContaining({ name: 'SinkError', code: 'line_too_large', retriable: false }),
    )
  })
})
