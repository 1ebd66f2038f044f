/**
 * Decoding of LZ4 frames (`Content-Encoding: lz4`, the default of Python's client): blocks that may refer to the 64 KiB before
 * them. It promises: memory of one block and that window. Checksums, being xxHash, are not verified: a damaged block fails
 * to decode, or in its format. Source: `lz4_Frame_format.md`.
 */
import { ServerException } from '../exceptions.ts'
import type { Codec } from './codec.ts'
import { decompress } from './lz4.ts'

const MAGIC = 0x184d2204
const WINDOW_BYTES = 65_536
const UNCOMPRESSED = 0x80000000

interface Frame {
  maxBlockBytes: number
  blockChecksums: boolean
  contentChecksum: boolean
}

const damaged = (why: string) =>
  new ServerException(271, 'CANNOT_DECOMPRESS', `The body is not valid lz4: ${why}`)

/** Reads a frame's header; undefined while it is not all there. */
function readHeader(bytes: Buffer): { frame: Frame; size: number } | undefined {
  if (bytes.byteLength < 7) return undefined
  const [flags, descriptor] = [bytes.readUInt8(4), bytes.readUInt8(5)]
  if (bytes.readUInt32LE(0) !== MAGIC || flags >>> 6 !== 1) throw damaged('no frame begins here')
  const size = 7 + (flags & 0x08 ? 8 : 0) + (flags & 0x01 ? 4 : 0)
  const exponent = (descriptor >>> 4) & 7
  if (exponent < 4) throw damaged('unknown block size')
  if (bytes.byteLength < size) return undefined
  const frame = {
    maxBlockBytes: 1 << (8 + 2 * exponent),
    blockChecksums: (flags & 0x10) !== 0,
    contentChecksum: (flags & 0x04) !== 0,
  }
  return { frame, size }
}

/** Decodes a body. */
export function lz4FrameDecoder(): Codec {
  let held = Buffer.alloc(0)
  let frame: Frame | undefined
  let room = new Uint8Array(0)
  let window = 0

  const decode = (data: Uint8Array, plain: boolean): Uint8Array => {
    if (plain ? data.byteLength > room.byteLength - window : false) throw damaged('a block is too large')
    let end: number
    if (plain) {
      room.set(data, window)
      end = window + data.byteLength
    } else {
      try {
        end = decompress(data, room, window)
      } catch (error) {
        throw damaged(error instanceof Error ? error.message : String(error))
      }
    }
    const out = room.slice(window, end)
    room.copyWithin(0, Math.max(0, end - WINDOW_BYTES), end)
    window = Math.min(end, WINDOW_BYTES)
    return out
  }

  /** One step: what it gave, or undefined while more bytes are needed. */
  const step = (): Uint8Array | undefined => {
    if (!frame) {
      const header = readHeader(held)
      if (!header) return undefined
      frame = header.frame
      room = new Uint8Array(WINDOW_BYTES + frame.maxBlockBytes)
      window = 0
      held = held.subarray(header.size)
      return new Uint8Array(0)
    }
    if (held.byteLength < 4) return undefined
    const word = held.readUInt32LE(0)
    const size = (word & ~UNCOMPRESSED) >>> 0
    if (size > frame.maxBlockBytes + 16) throw damaged('a block is too large')
    const whole = word === 0 ? (frame.contentChecksum ? 8 : 4) : 4 + size + (frame.blockChecksums ? 4 : 0)
    if (held.byteLength < whole) return undefined
    const out =
      word === 0 ? new Uint8Array(0) : decode(held.subarray(4, 4 + size), (word & UNCOMPRESSED) !== 0)
    if (word === 0) frame = undefined
    held = held.subarray(whole)
    return out
  }

  return {
    push: async (bytes) => {
      held = Buffer.concat([held, bytes])
      const pieces: Uint8Array[] = []
      for (let out = step(); out; out = step()) if (out.byteLength > 0) pieces.push(out)
      return pieces
    },
    end: async () => {
      if (frame || held.byteLength > 0) throw damaged('it ends within a frame')
      return []
    },
  }
}
