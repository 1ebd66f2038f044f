/**
 * The lines of a log file, plain or gzip, in order and numbered from 1 as editors and `sed -n` number them.
 *
 * - Bounded: a line longer than `MAX_LINE_BYTES` comes without its bytes, so a file without newlines cannot fill the memory.
 * - What a line holds is bytes: a log has no promised encoding.
 */
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'

export const MAX_LINE_BYTES = 65_536

export interface Line {
  /** From 1. */
  readonly number: number
  /** Without its line end; absent when the line is longer than `MAX_LINE_BYTES`. */
  readonly bytes: Buffer | undefined
}

const NEWLINE = 0x0a
const RETURN = 0x0d

/** @throws the file system's error when it cannot be read, zlib's when gzip data are broken or end early */
export async function* readLines(path: string): AsyncGenerator<Line> {
  let number = 0
  let rest: Buffer[] = []
  let restBytes = 0
  const line = (end: Buffer): Line => {
    number += 1
    const length = restBytes + end.length
    const bytes = length > MAX_LINE_BYTES ? undefined : Buffer.concat([...rest, end], length)
    rest = []
    restBytes = 0
    return { number, bytes: bytes?.at(-1) === RETURN ? bytes.subarray(0, -1) : bytes }
  }
  for await (const chunk of await bytesOf(path)) {
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      yield line(chunk.subarray(start, end))
      start = end + 1
    }
    const tail = chunk.subarray(start)
    restBytes += tail.length
    // Of a line that is already too long only its length is needed.
    if (restBytes <= MAX_LINE_BYTES) rest.push(tail)
    else rest = []
  }
  if (restBytes > 0) yield line(Buffer.alloc(0))
}

async function bytesOf(path: string): Promise<AsyncIterable<Buffer>> {
  const isCompressed = await isGzip(path)
  const file = createReadStream(path)
  if (!isCompressed) return file
  // The callback is where a failure would go unseen; whoever iterates gets it as well.
  return pipeline(file, createGunzip(), () => {})
}

/** By its first two bytes (RFC 1952), whatever the file is called. */
async function isGzip(path: string): Promise<boolean> {
  const handle = await open(path)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0)
    return bytesRead === 2 && buffer.readUInt16BE() === 0x1f8b
  } finally {
    await handle.close()
  }
}
