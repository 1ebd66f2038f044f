import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { rounds } from './kafka-sink.ts'

const line = fc.string({ maxLength: 30 }).map((text) => JSON.stringify(text))
const batch = fc
  .tuple(fc.nat(7), fc.array(line, { minLength: 1, maxLength: 20 }))
  .map(([partition, lines]) => ({
    partition,
    lines,
    bytes: Buffer.byteLength(lines.join('\n')) + 1,
  }))

test('rounds carry every line once, in order, and no send holds more for a partition than it may', () => {
  fc.assert(
    fc.property(fc.uniqueArray(batch, { selector: ({ partition }) => partition }), (batches) => {
      const sends = rounds(batches, 64)
      for (const messages of sends) {
        expect(new Set(messages.map(({ partition }) => partition)).size).toBe(messages.length)
        for (const { value } of messages)
          expect(Buffer.byteLength(value) <= 64 || !value.includes('\n')).toBe(true)
      }
      for (const { partition, lines } of batches) {
        const sent = sends.flatMap((messages) =>
          messages.filter((message) => message.partition === partition),
        )
        expect(sent.flatMap(({ value }) => value.split('\n'))).toEqual([...lines])
      }
    }),
  )
})
