/**
 * A produce request as bytes, written once into memory that is used again.
 *
 * - Produce v7 with one record batch (magic 2) of one record a partition: the record's value is the message, without key,
 *   header or compression. Layout: Kafka protocol guide, "Produce API", and the message format's "Record Batch" and "Record".
 * - Neither idempotent nor transactional: producer id -1. An acknowledged message was lost in idempotent mode.
 *
 * Ours, because kafkajs copies a message some six times through buffers that double in size, and takes its CRC32C byte by
 * byte: a quarter of an edge's time.
 */
import { crc32c } from './crc32c.ts'

/** One message: newline-separated events of one partition. A request holds at most one for each partition. */
export interface Message {
  readonly partition: number
  readonly value: Uint8Array
}

export interface ProduceRequest {
  /** The request's number on its connection, 0 to 2^31-1; the answer carries it. */
  readonly correlationId: number
  readonly clientId: string
  readonly topic: string
  /** How long the broker may wait for its replicas, in milliseconds. */
  readonly timeoutMs: number
  /** When the messages were made; milliseconds since 1970. */
  readonly now: number
  readonly messages: readonly Message[]
}

const PRODUCE_KEY = 0
export const PRODUCE_VERSION = 7
const ALL_REPLICAS = -1
/** Bytes of a record batch before its record: from the base offset to the number of records. */
const BATCH_HEADER = 61
/** Bytes of a record around its value at most: its length, attributes, two deltas, no key, the value's length, no header. */
const RECORD_MAX = 5 + 1 + 1 + 1 + 1 + 5 + 1
/** Bytes of a request before its partitions, without names. */
const REQUEST_HEADER = 64

/** Bytes that are enough for the request. */
export function produceRequestRoom({ clientId, topic, messages }: ProduceRequest): number {
  const names = Buffer.byteLength(clientId) + Buffer.byteLength(topic)
  return messages.reduce(
    (sum, { value }) => sum + 8 + BATCH_HEADER + RECORD_MAX + value.byteLength,
    REQUEST_HEADER + names,
  )
}

/**
 * Writes the request at the start of `target`, which has room for it.
 * @returns the bytes written
 */
export function writeProduceRequest(target: Buffer, request: ProduceRequest): number {
  const { correlationId, clientId, topic, timeoutMs, now, messages } = request
  let at = 4
  at = target.writeInt16BE(PRODUCE_KEY, at)
  at = target.writeInt16BE(PRODUCE_VERSION, at)
  at = target.writeInt32BE(correlationId, at)
  at = writeString(target, clientId, at)
  at = target.writeInt16BE(-1, at) // no transaction
  at = target.writeInt16BE(ALL_REPLICAS, at)
  at = target.writeInt32BE(timeoutMs, at)
  at = target.writeInt32BE(1, at) // topics
  at = writeString(target, topic, at)
  at = target.writeInt32BE(messages.length, at)
  for (const { partition, value } of messages) {
    at = target.writeInt32BE(partition, at)
    const end = writeBatch(target, value, now, at + 4)
    target.writeInt32BE(end - at - 4, at)
    at = end
  }
  target.writeInt32BE(at - 4, 0)
  return at
}

/** A record batch of one record; returns where it ends. */
function writeBatch(target: Buffer, value: Uint8Array, now: number, start: number): number {
  let at = target.fill(0, start, start + 8) && start + 8 // base offset
  const lengthAt = at
  at = target.writeInt32BE(0, at + 4) // partition leader epoch: the broker sets it
  at = target.writeInt8(2, at) // magic
  const crcAt = at
  at = target.writeInt16BE(0, at + 4) // attributes
  at = target.writeInt32BE(0, at) // last offset delta
  at = writeTime(target, now, at) // base timestamp
  at = writeTime(target, now, at) // largest timestamp
  at = target.fill(0xff, at, at + 14) && at + 14 // no producer id, epoch or sequence
  at = target.writeInt32BE(1, at) // records
  at = writeRecord(target, value, at)
  target.writeInt32BE(at - lengthAt - 4, lengthAt)
  target.writeUInt32BE(crc32c(target, crcAt + 4, at), crcAt)
  return at
}

function writeRecord(target: Buffer, value: Uint8Array, start: number): number {
  const bytes = value.byteLength
  let at = writeVarint(target, 1 + 1 + 1 + 1 + varintBytes(bytes) + bytes + 1, start)
  target[at++] = 0 // attributes
  target[at++] = 0 // timestamp delta
  target[at++] = 0 // offset delta
  target[at++] = 1 // no key: length -1
  at = writeVarint(target, bytes, at)
  target.set(value, at)
  at += bytes
  target[at++] = 0 // headers
  return at
}

function writeString(target: Buffer, text: string, at: number): number {
  const bytes = target.write(text, at + 2, 'utf8')
  target.writeInt16BE(bytes, at)
  return at + 2 + bytes
}

/** Milliseconds as int64. */
function writeTime(target: Buffer, ms: number, at: number): number {
  target.writeUInt32BE(Math.floor(ms / 2 ** 32), at)
  return target.writeUInt32BE(ms % 2 ** 32, at + 4)
}

/** A length of 0 to 2^30 as a zigzag varint. */
function writeVarint(target: Buffer, length: number, start: number): number {
  let rest = length * 2
  let at = start
  while (rest > 0x7f) {
    target[at++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  target[at++] = rest
  return at
}

function varintBytes(length: number): number {
  let bytes = 1
  for (let rest = length * 2; rest > 0x7f; rest >>>= 7) bytes += 1
  return bytes
}
