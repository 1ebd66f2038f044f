import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { metadataText } from './metadata.ts'
import { Refusal } from './refusal.ts'

describe('metadataText', () => {
  test('is JSON that any reader takes: lone surrogates become U+FFFD, everything else stays', () => {
    expect(metadataText({ a: 'x\ud800y', '\udfff': '\\ud800', pair: '😀' })).toBe(
      '{"a":"x\ufffdy","\ufffd":"\\\\ud800","pair":"😀"}',
    )
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string({ unit: 'binary', maxLength: 5 }),
          fc.string({ unit: 'binary', maxLength: 20 }),
          { maxKeys: 5 },
        ),
        (metadata) => {
          const text = metadataText(metadata)
          if (text instanceof Refusal) throw new Error('refused')
          const wellFormed = Object.fromEntries(
            Object.entries(metadata).map(([key, value]) => [key.toWellFormed(), value.toWellFormed()]),
          )
          expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(wellFormed)))
          expect(/(^|[^\\])(\\\\)*\\ud/.test(text)).toBe(false)
        },
      ),
      { numRuns: 2_000 },
    )
  })

  test('refuses what is too deep, too wide or too long', () => {
    const nested = (depth: number): object => (depth === 0 ? {} : { a: nested(depth - 1) })
    expect(metadataText({ a: nested(2) })).toBe('{"a":{"a":{"a":{}}}}')
    expect(metadataText({ a: nested(3) })).toBeInstanceOf(Refusal)
    expect(metadataText(Object.fromEntries(Array.from({ length: 65 }, (_, key) => [key, 1])))).toBeInstanceOf(
      Refusal,
    )
    expect(metadataText({ a: 'é'.repeat(2_100) })).toBeInstanceOf(Refusal)
  })
})
