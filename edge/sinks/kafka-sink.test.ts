import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { rounds } from './kafka-sink.ts'
import { batchOfLines, linesOf } from './memory-sink.ts'

const NEWLINE = 10

const line = fc.string({ maxLength: 30 }).map((text) => JSON.stringify(text))
const batch = fc
  .tuple(fc.nat(7), fc.array(line, { minLength: 1, maxLength: 20 }))
  .map(([partition, lines]) => batchOfLines(partition, lines))

test('rounds carry every line once, in order, and no send holds more for a partition than it may', () => {
  fc.assert(
    fc.property(fc.array(batch), (batches) => {
      const sends = rounds(batches, 64)
      for (const messages of sends) {
        expect(new Set(messages.map(({ partition }) => partition)).size).toBe(messages.length)
        for (const { value } of messages)
          expect(value.byteLength <= 64 || !value.includes(NEWLINE)).toBe(true)
      }
      for (const [partition, parts] of Map.groupBy(batches, (one) => one.partition)) {
        const sent = sends.flatMap((messages) =>
          messages.filter((message) => message.partition === partition),
        )
        expect(sent.flatMap(({ value }) => Buffer.from(value).toString().split('\n'))).toEqual(
          parts.flatMap(linesOf),
        )
      }
    }),
  )
})
