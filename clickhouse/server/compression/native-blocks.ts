/**
 * ClickHouse's own compression of a byte stream (`compress=1`, `decompress=1`): blocks of a checksum, a method, two sizes
 * and LZ4 data. It promises: a block is never larger than `BLOCK_BYTES`; a damaged or lying block is refused before
 * memory is taken for it. Source: `CompressedWriteBuffer.cpp`, `CompressionInfo.h`.
 */
import { zstdDecompressSync } from 'node:zlib'
import { ServerException } from '../exceptions.ts'
import { cityHash128 } from './cityhash.ts'
import type { Codec } from './codec.ts'
import { compress, decompress, worstSize } from './lz4.ts'

const BLOCK_BYTES = 1 << 20
const MAX_BLOCK_BYTES = 64 << 20
const CHECKSUM_BYTES = 16
const HEADER_BYTES = 9
const LZ4 = 0x82
const ZSTD = 0x90
const NONE = 0x02

function block(data: Uint8Array): Uint8Array {
  const room = new Uint8Array(CHECKSUM_BYTES + HEADER_BYTES + worstSize(data.byteLength))
  const size = HEADER_BYTES + compress(data, room.subarray(CHECKSUM_BYTES + HEADER_BYTES))
  const header = new DataView(room.buffer, CHECKSUM_BYTES, HEADER_BYTES)
  header.setUint8(0, LZ4)
  header.setUint32(1, size, true)
  header.setUint32(5, data.byteLength, true)
  room.set(cityHash128(room.subarray(CHECKSUM_BYTES, CHECKSUM_BYTES + size)))
  return room.subarray(0, CHECKSUM_BYTES + size)
}

/** Compresses a result. */
export function blockEncoder(): Codec {
  let held: Uint8Array[] = []
  let size = 0
  const flush = () => {
    const data = Buffer.concat(held)
    held = []
    size = 0
    const blocks: Uint8Array[] = []
    for (let at = 0; at < data.byteLength; at += BLOCK_BYTES)
      blocks.push(block(data.subarray(at, at + BLOCK_BYTES)))
    return blocks
  }
  return {
    push: async (bytes) => {
      held.push(bytes)
      size += bytes.byteLength
      return size >= BLOCK_BYTES ? flush() : []
    },
    end: async () => flush(),
  }
}

const cannot = (message: string) => new ServerException(271, 'CANNOT_DECOMPRESS', message)

function unzstd(data: Uint8Array, unpackedSize: number): Uint8Array {
  try {
    return zstdDecompressSync(data, { maxOutputLength: unpackedSize })
  } catch (error) {
    throw cannot(error instanceof Error ? error.message : String(error))
  }
}

function open(whole: Uint8Array, unpackedSize: number): Uint8Array {
  const method = whole[CHECKSUM_BYTES]
  const data = whole.subarray(CHECKSUM_BYTES + HEADER_BYTES)
  const sum = cityHash128(whole.subarray(CHECKSUM_BYTES))
  if (Buffer.compare(sum, whole.subarray(0, CHECKSUM_BYTES)) !== 0)
    throw new ServerException(40, 'CHECKSUM_DOESNT_MATCH', "Checksum doesn't match: corrupted data")
  if (method === NONE) return data.slice()
  if (method === ZSTD) return unzstd(data, unpackedSize)
  if (method !== LZ4)
    throw new ServerException(89, 'UNKNOWN_COMPRESSION_METHOD', `Unknown compression method ${method}`)
  const out = new Uint8Array(unpackedSize)
  try {
    if (decompress(data, out) !== unpackedSize) throw new Error('The block is shorter than it says')
  } catch (error) {
    throw cannot(error instanceof Error ? error.message : String(error))
  }
  return out
}

/** Decompresses a body. */
export function blockDecoder(): Codec {
  let held = Buffer.alloc(0)
  return {
    push: async (bytes) => {
      held = Buffer.concat([held, bytes])
      const opened: Uint8Array[] = []
      while (held.byteLength >= CHECKSUM_BYTES + HEADER_BYTES) {
        const packed = held.readUInt32LE(CHECKSUM_BYTES + 1)
        const unpacked = held.readUInt32LE(CHECKSUM_BYTES + 5)
        if (packed < HEADER_BYTES || packed > MAX_BLOCK_BYTES || unpacked > MAX_BLOCK_BYTES)
          throw new ServerException(
            131,
            'TOO_LARGE_SIZE_COMPRESSED',
            'Too large size_compressed: corrupted data',
          )
        if (held.byteLength < CHECKSUM_BYTES + packed) break
        opened.push(open(held.subarray(0, CHECKSUM_BYTES + packed), unpacked))
        held = held.subarray(CHECKSUM_BYTES + packed)
      }
      return opened
    },
    end: async () => {
      if (held.byteLength > 0) throw cannot('The compressed body ends within a block')
      return []
    },
  }
}
