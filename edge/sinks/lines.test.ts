import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { cutLines } from './lines.ts'

const texts = fc.array(
  fc.string({ maxLength: 40, unit: 'binary' }).map((text) => text.replaceAll('\n', '') || 'x'),
)

describe('cutLines', () => {
  test('keeps every line whole and in order, in as few pieces as fit', () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 200 }), (given, maxBytes) => {
        const lines = Buffer.from(given.map((text) => `${text}\n`).join(''))
        const pieces = cutLines({ events: given.length, lines }, maxBytes)
        expect(Buffer.concat(pieces.map((piece) => piece.lines))).toEqual(lines)
        pieces.forEach((piece, index) => {
          const text = Buffer.from(piece.lines).toString()
          expect(text.endsWith('\n')).toBe(true)
          expect(text.split('\n').length - 1).toBe(piece.events)
          if (piece.events > 1) expect(piece.lines.byteLength).toBeLessThanOrEqual(maxBytes)
          const [first = ''] = Buffer.from(pieces[index + 1]?.lines ?? [])
            .toString()
            .split('\n')
          if (first !== '')
            expect(piece.lines.byteLength + Buffer.byteLength(first) + 1).toBeGreaterThan(maxBytes)
        })
      }),
    )
  })
})
