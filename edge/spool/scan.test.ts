import { describe, expect, test } from 'bun:test'
import type { SpoolFile } from './files.ts'
import { encodeRecord, HEADER_BYTES } from './record.ts'
import { type Found, scan } from './scan.ts'
import { range } from './test-kit.ts'

const WINDOW = 1024 * 1024

function recordOf(sequence: number, payloadBytes: number): Buffer {
  const piece = { partition: 0, events: 1, lines: Buffer.alloc(payloadBytes, 'x') }
  const buffer = Buffer.alloc(HEADER_BYTES + payloadBytes)
  encodeRecord(buffer, 0, piece, sequence, 0)
  return buffer
}

/** A file of these bytes with one page (of 4 KiB) that the disk cannot read. */
function fileOf(content: Buffer, badPage?: number): SpoolFile {
  const refuse = async () => {
    throw new Error('read only')
  }
  return {
    read: async (into, position) => {
      const bad = badPage === undefined ? undefined : badPage * 4_096
      if (bad !== undefined && position < bad + 4_096 && position + into.length > bad) {
        throw Object.assign(new Error('EIO'), { code: 'EIO' })
      }
      return content.copy(into, 0, Math.min(position, content.length), position + into.length)
    },
    write: refuse,
    sync: refuse,
    truncate: refuse,
    close: refuse,
  }
}

async function found(file: SpoolFile, end: number): Promise<(number | [number, number])[]> {
  const all: Found[] = await Array.fromAsync(scan(file, 0, end))
  // Every byte is in exactly one of them.
  const borders = [0, ...all.map((one) => one.end)]
  expect(all.map(({ offset }) => offset)).toEqual(borders.slice(0, -1))
  expect(borders.at(-1)).toBe(end)
  return all.map((one) => (one.kind === 'record' ? one.record.sequence : [one.offset, one.end]))
}

describe('scan', () => {
  test.each(range(WINDOW - 6, WINDOW + 3))('finds the record after %d bytes of rubbish', async (rubbish) => {
    const content = Buffer.concat([Buffer.alloc(rubbish, 0xff), recordOf(1, 50)])
    expect(await found(fileOf(content), content.length)).toEqual([[0, rubbish], 1])
  })

  test('reads records larger than its window, and many over its border', async () => {
    const sizes = [10, 3 * WINDOW, 20, ...Array<number>(60).fill(40_000)]
    const content = Buffer.concat(sizes.map((size, i) => recordOf(i, size)))
    expect(await found(fileOf(content), content.length)).toEqual(range(0, sizes.length))
  })

  test('an unreadable page costs the records on it', async () => {
    const content = Buffer.concat(range(0, 20).map((i) => recordOf(i, 2_000)))
    const left = (await found(fileOf(content, 3), content.length)).filter((one) => typeof one === 'number')
    // Bytes 12,288 to 16,384, in records of 2,036.
    expect(left).toEqual(range(0, 20).filter((i) => i < 6 || i > 8))
  })

  test('a file shorter than it should be is damaged at its end', async () => {
    const content = Buffer.concat([recordOf(0, 100), recordOf(1, 100)])
    expect(await found(fileOf(content.subarray(0, 200)), 272)).toEqual([0, [136, 272]])
    expect(await found(fileOf(Buffer.alloc(0)), 20)).toEqual([[0, 20]])
    expect(await found(fileOf(Buffer.alloc(0)), 0)).toEqual([])
  })
})
