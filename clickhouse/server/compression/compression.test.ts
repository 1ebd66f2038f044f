/** The encodings against known answers, and against what they must survive. */
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { cityHash128 } from './cityhash.ts'
import { compress, decompress, worstSize } from './lz4.ts'
import { lz4FrameDecoder } from './lz4-frame.ts'
import { blockDecoder, blockEncoder } from './native-blocks.ts'

/** Lengths, and the checksums that the reference implementation gives for `sample(length)`. */
const CHECKSUMS: readonly (readonly [length: number, hex: string])[] = [
  [0, '2b9ac064fc9df03d291ee592c340b53c'],
  [3, 'e3b82a28b9f5703113f2b04d029a2505'],
  [7, '9fcf1dd3db31283eca0a4b3cddf55959'],
  [12, '705d0c8f932bd932eb6957c3a645930b'],
  [16, '1cd1aed46fd5faece83eda7d71ba057f'],
  [20, '749359a1a13a24be1b9fb021c95a0342'],
  [100, '66e3f65b5e75298f36dfe66f8d3d2ba6'],
  [144, '46c4f255889958099f93770e4addc2b2'],
  [299, '3a2ca0c39ef9c8ebb30fcd0469761894'],
  [4096, '9367a8dc912049e71990287805e8af85'],
]
const sample = (length: number) =>
  Uint8Array.from({ length }, (_, i) => (i * 131 + 7 * (i >> 3) + length) & 255)

test('checksums are those of CityHash 1.0.2', () => {
  for (const [length, hex] of CHECKSUMS)
    expect([length, Buffer.from(cityHash128(sample(length))).toString('hex')]).toEqual([length, hex])
})

/** Bytes with repetitions, as data has them. */
const data = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc
        .tuple(fc.uint8Array({ maxLength: 9 }), fc.nat(300))
        .map(([bytes, times]) => Buffer.concat(Array(times).fill(bytes))),
    ),
    { maxLength: 30 },
  )
  .map((parts) => new Uint8Array(Buffer.concat(parts)))

describe('LZ4 blocks', () => {
  test('what was compressed comes back', () => {
    fc.assert(
      fc.property(data, (bytes) => {
        const packed = new Uint8Array(worstSize(bytes.byteLength))
        const size = compress(bytes, packed)
        const out = new Uint8Array(bytes.byteLength)
        return (
          decompress(packed.subarray(0, size), out) === bytes.byteLength && Buffer.compare(out, bytes) === 0
        )
      }),
    )
  })

  test('any bytes either decode within their room or are refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(500), (bytes, room) => {
        try {
          return decompress(bytes, new Uint8Array(room)) <= room
        } catch (error) {
          return (error as Error).message === 'Cannot decompress LZ4-encoded data'
        }
      }),
    )
  })
})

const all = async (
  codec: { push(b: Uint8Array): Promise<Uint8Array[]>; end(): Promise<Uint8Array[]> },
  pieces: Uint8Array[],
) => {
  const out: Uint8Array[] = []
  for (const piece of pieces) out.push(...(await codec.push(piece)))
  return Buffer.concat([...out, ...(await codec.end())])
}
const cut = (bytes: Uint8Array, size: number) =>
  Array.from({ length: Math.ceil(bytes.byteLength / size) }, (_, i) =>
    bytes.subarray(i * size, (i + 1) * size),
  )

describe("ClickHouse's blocks", () => {
  test('come back however they are cut', async () => {
    await fc.assert(
      fc.asyncProperty(data, fc.integer({ min: 1, max: 70 }), async (bytes, size) => {
        const packed = await all(blockEncoder(), cut(bytes, 1000))
        return Buffer.compare(await all(blockDecoder(), cut(packed, size)), bytes) === 0
      }),
      { numRuns: 40 },
    )
  })

  test('a changed byte is found', async () => {
    const packed = await all(blockEncoder(), [sample(500)])
    for (const at of [0, 15, 16, 17, 21, 25, 40, packed.byteLength - 1]) {
      const broken = Buffer.from(packed)
      broken[at] = (broken[at] ?? 0) ^ 1
      await expect(all(blockDecoder(), [broken])).rejects.toThrow()
    }
    await expect(all(blockDecoder(), [packed.subarray(0, -1)])).rejects.toThrow()
  })
})

test('LZ4 frames with blocks that refer to each other', async () => {
  // "abcdefgh" stored, then a block that copies it from the block before, with a literal end.
  const stored = [8, 0, 0, 0x80, ...Buffer.from('abcdefgh')]
  const linked = [9, 0, 0, 0, 0x04, 8, 0, 0x50, ...Buffer.from('12345'), 0]
  linked[0] = linked.length - 5
  linked.pop()
  const frame = Uint8Array.from([0x04, 0x22, 0x4d, 0x18, 0x40, 0x40, 0xc0, ...stored, ...linked, 0, 0, 0, 0])
  for (const size of [1, 3, 100])
    expect((await all(lz4FrameDecoder(), cut(frame, size))).toString()).toBe('abcdefghabcdefgh12345')
  await expect(all(lz4FrameDecoder(), [frame.subarray(0, -2)])).rejects.toThrow('ends within a frame')
  await expect(all(lz4FrameDecoder(), [new Uint8Array(20)])).rejects.toThrow('no frame begins here')
})
