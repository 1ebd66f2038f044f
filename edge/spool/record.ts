// One record on disk: a batch of one partition. Promises:
// - Any damage to a record is found: the checksum covers every byte after it, header fields and payload alike.
// - Where records begin can be found again after damage, and nobody can fake a beginning from inside an event: the
//   magic opens with 0xFF, a byte that UTF-8 never contains.
// - Sequences are gapless over what was acknowledged, so a gap says how many records are missing.
//
// Little-endian: magic FF 'r' 'x' version(2) | crc32c u32 | payload bytes u32 | events u32 | partition i32 |
// sequence u64 | appended at, Unix ms, u64 | payload: lines, a newline after each, UTF-8.

import { crc32c } from '@rtpx/kafka/produce/crc32c'
import type { Batch } from '../sinks/sink.ts'

export const HEADER_BYTES = 36
/** What a length field may say at most; also bounds the memory a damaged length can ask for. */
export const PAYLOAD_LIMIT = 8 * 1024 * 1024

const MAGIC = Buffer.from([0xff, 0x72, 0x78, 0x02])
const MAGIC_WORD = MAGIC.readUInt32LE()
const CRC_AT = 4
const LENGTH_AT = 8
const EVENTS_AT = 12
const PARTITION_AT = 16
const SEQUENCE_AT = 20
const APPENDED_AT = 28
const HIGH = 2 ** 32

/** A batch, or the part of one that fits, as it was read. */
export interface StoredRecord extends Batch {
  readonly sequence: number
  readonly appendedAt: number
  /** Header and payload together. */
  readonly bytes: number
}

export type Decoded =
  | { readonly kind: 'record'; readonly record: StoredRecord }
  /** More bytes are needed from the same offset to judge it. */
  | { readonly kind: 'short'; readonly needed: number }
  | { readonly kind: 'bad' }

const BAD: Decoded = { kind: 'bad' }

function writeU64(target: Buffer, value: number, at: number): void {
  target.writeUInt32LE(value % HIGH, at)
  target.writeUInt32LE(Math.floor(value / HIGH), at + 4)
}

function readU64(source: Buffer, at: number): number {
  return source.readUInt32LE(at) + source.readUInt32LE(at + 4) * HIGH
}

/** Writes one record at `offset` and returns where the next begins. The caller has made room for it. */
export function encodeRecord(
  target: Buffer,
  offset: number,
  { partition, events, lines }: Batch,
  sequence: number,
  appendedAt: number,
): number {
  const end = offset + HEADER_BYTES + lines.byteLength
  target.writeUInt32LE(MAGIC_WORD, offset)
  target.writeUInt32LE(lines.byteLength, offset + LENGTH_AT)
  target.writeUInt32LE(events, offset + EVENTS_AT)
  target.writeInt32LE(partition, offset + PARTITION_AT)
  writeU64(target, sequence, offset + SEQUENCE_AT)
  writeU64(target, appendedAt, offset + APPENDED_AT)
  target.set(lines, offset + HEADER_BYTES)
  target.writeUInt32LE(crc32c(target, offset + LENGTH_AT, end), offset + CRC_AT)
  return end
}

/** Judges the bytes at `offset`: a whole record, one that goes on past the buffer, or none. */
export function decodeRecord(source: Buffer, offset: number): Decoded {
  const available = source.length - offset
  if (available < HEADER_BYTES) return { kind: 'short', needed: HEADER_BYTES }
  if (source.readUInt32LE(offset) !== MAGIC_WORD) return BAD
  const payloadBytes = source.readUInt32LE(offset + LENGTH_AT)
  if (payloadBytes > PAYLOAD_LIMIT) return BAD
  const bytes = HEADER_BYTES + payloadBytes
  if (available < bytes) return { kind: 'short', needed: bytes }
  if (crc32c(source, offset + LENGTH_AT, offset + bytes) !== source.readUInt32LE(offset + CRC_AT)) return BAD
  return {
    kind: 'record',
    record: {
      partition: source.readInt32LE(offset + PARTITION_AT),
      events: source.readUInt32LE(offset + EVENTS_AT),
      sequence: readU64(source, offset + SEQUENCE_AT),
      appendedAt: readU64(source, offset + APPENDED_AT),
      lines: new Uint8Array(source.subarray(offset + HEADER_BYTES, offset + bytes)),
      bytes,
    },
  }
}

/** Offset of the next place a record may begin at or after `from`, or -1. */
export function findMagic(source: Buffer, from: number): number {
  return source.indexOf(MAGIC, from)
}
