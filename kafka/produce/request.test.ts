import { expect, test } from 'bun:test'
import fc from 'fast-check'
import Decoder from 'kafkajs/src/protocol/decoder'
import kafkajsRequest from 'kafkajs/src/protocol/requests/produce/v7/request'
import { Buffers } from './buffers.ts'
import { produceRequestRoom, writeProduceRequest } from './request.ts'

const NOW = 1_772_600_767_089

const message = fc.record({
  partition: fc.nat(1_000),
  value: fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    // Around where the lengths take a byte more.
    fc.constantFrom(63, 64, 8_190, 8_191, 8_192, 70_000).map((bytes) => new Uint8Array(bytes).fill(bytes)),
  ),
})

test('a request is, byte for byte, the one that kafkajs makes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(message, { minLength: 1, maxLength: 5, selector: ({ partition }) => partition }),
      fc.nat(2 ** 31 - 1),
      async (messages, correlationId) => {
        const request = {
          correlationId,
          clientId: 'rtpx-é',
          topic: 'events_queue',
          timeoutMs: 2_000,
          now: NOW,
          messages,
        }
        const target = Buffer.alloc(produceRequestRoom(request), 0xaa)
        const written = writeProduceRequest(target, request)
        expect(written).toBeLessThanOrEqual(target.byteLength)
        const decoder = new Decoder(target.subarray(0, written))
        expect(decoder.readInt32()).toBe(written - 4)
        expect(decoder.readInt16()).toBe(0)
        expect(decoder.readInt16()).toBe(7)
        expect(decoder.readInt32()).toBe(correlationId)
        expect(decoder.readString()).toBe('rtpx-é')
        expect(decoder.readAll()).toEqual(await kafkajsBytes(messages))
      },
    ),
  )
})

/** The same request without its header, by kafkajs. */
async function kafkajsBytes(messages: readonly { partition: number; value: Uint8Array }[]): Promise<Buffer> {
  const topicData = [
    {
      topic: 'events_queue',
      partitions: messages.map(({ partition, value }) => ({
        partition,
        firstSequence: -1,
        messages: [{ key: null, value: Buffer.from(value), timestamp: NOW, headers: {} }],
      })),
    },
  ]
  const encoder = await kafkajsRequest({ acks: -1, timeout: 2_000, producerEpoch: -1, topicData }).encode()
  return encoder.buffer
}

test('memory is used again, but not what was made for something unusually large', () => {
  const buffers = new Buffers()
  const first = buffers.take(1_000)
  expect(buffers.take(1_000)).not.toBe(first)
  buffers.give(first)
  expect(buffers.take(first.byteLength)).toBe(first)
  const large = buffers.take(5_000_000)
  expect(large.byteLength).toBeGreaterThanOrEqual(5_000_000)
  buffers.give(large)
  expect(buffers.take(5_000_000)).not.toBe(large)
})
