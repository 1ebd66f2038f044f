// Real files, damaged in every way a disk knows; each time exactly the records that were hit are missing and counted.

import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { appendFile, mkdtemp, open, readdir, readFile, rm, truncate, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Batch } from '../sinks/sink.ts'
import { systemClock } from './clock.ts'
import { Spool } from './spool.ts'
import { batchOf, drainIds, idsOf, range, SMALL } from './test-kit.ts'

const RECORDS = 12
/** Bytes of one record here: all have the same size. */
const RECORD = 36 + batchOf(10, 1).lines.byteLength
const LIMITS = { ...SMALL, segmentBytes: RECORD * 4 }

let directory: string
let segments: string[]

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rtpx-spool-'))
  const spool = await Spool.open(directory, LIMITS, systemClock)
  for (const id of range(10, 10 + RECORDS)) await spool.append([batchOf(id, 1)])
  await spool.close()
  segments = (await readdir(directory)).filter((name) => name.endsWith('.log')).sort()
})
afterEach(() => rm(directory, { recursive: true }))

async function overwrite(segment: number, offset: number, bytes: Buffer): Promise<void> {
  const file = await open(join(directory, segments[segment] ?? ''), 'r+')
  await file.write(bytes, 0, bytes.length, offset)
  await file.close()
}

async function drainAgain() {
  const spool = await Spool.open(directory, LIMITS, systemClock)
  try {
    const ids = await drainIds(spool)
    return { ids, quarantined: spool.stats().quarantinedRecords }
  } finally {
    await spool.close()
  }
}

const without = (...missing: number[]) => range(10, 10 + RECORDS).filter((id) => !missing.includes(id))

describe('damaged files', () => {
  test('three segments of four records are what the tests work on', async () => {
    expect(segments.length).toBe(3)
    expect(await drainAgain()).toEqual({ ids: without(), quarantined: 0 })
  })

  test.each([
    ['magic', 0],
    ['checksum', 5],
    ['length, larger', 10],
    ['length, smaller', 8],
    ['count of events', 12],
    ['partition', 16],
    ['sequence', 20],
    ['time', 30],
    ['payload', 50],
  ])('a wrong byte in the %s costs that record', async (_field, at) => {
    await overwrite(1, RECORD + at, Buffer.from([0x5a]))
    expect(await drainAgain()).toEqual({ ids: without(15), quarantined: 1 })
    const kept = await readFile(join(directory, 'quarantine'))
    expect(JSON.parse(kept.subarray(0, kept.indexOf('\n')).toString())).toMatchObject({
      segment: segments[1],
      offset: RECORD,
      bytes: RECORD,
      records: 1,
      reason: 'corrupt',
      copied: RECORD,
    })
    expect(kept.length).toBe(kept.indexOf('\n') + 1 + RECORD + 1)
  })

  test('a zeroed stretch over a border costs the records it touches', async () => {
    await overwrite(0, RECORD * 2 - 10, Buffer.alloc(20))
    expect(await drainAgain()).toEqual({ ids: without(11, 12), quarantined: 2 })
  })

  test('segments cut short, within a record and between two', async () => {
    await truncate(join(directory, segments[0] ?? ''), RECORD * 3 + 7)
    await truncate(join(directory, segments[1] ?? ''), RECORD)
    expect(await drainAgain()).toEqual({ ids: without(13, 15, 16, 17), quarantined: 4 })
  })

  test('a missing segment in the middle', async () => {
    await unlink(join(directory, segments[1] ?? ''))
    expect(await drainAgain()).toEqual({ ids: without(14, 15, 16, 17), quarantined: 4 })
  })

  test('a missing first segment', async () => {
    await unlink(join(directory, segments[0] ?? ''))
    expect(await drainAgain()).toEqual({ ids: without(10, 11, 12, 13), quarantined: 4 })
  })

  test('a torn end is set aside, and what is appended afterwards drains', async () => {
    await appendFile(join(directory, segments[2] ?? ''), Buffer.from([0xff, 0x72, 0x78, 0x01, 9, 9, 9]))
    const spool = await Spool.open(directory, LIMITS, systemClock)
    await spool.append([batchOf(99, 1)])
    expect(await drainIds(spool)).toEqual([...without(), 99])
    expect(spool.stats().quarantinedRecords).toBe(1)
    await spool.close()
  })

  test('what was delivered before a restart is not delivered again', async () => {
    expect((await drainAgain()).ids).toEqual(without())
    expect(await drainAgain()).toEqual({ ids: [], quarantined: 0 })
  })

  test('a lost cursor means delivering again, nothing worse', async () => {
    await truncate(join(directory, 'cursor'), 3)
    expect(await drainAgain()).toEqual({ ids: without(), quarantined: 0 })
  })

  test('files of others are left alone', async () => {
    await appendFile(join(directory, 'notes.log'), 'hello')
    expect((await drainAgain()).ids).toEqual(without())
    expect(await readFile(join(directory, 'notes.log'), 'utf8')).toBe('hello')
  })

  test('damage that was counted is not counted again after a restart', async () => {
    await overwrite(0, RECORD, Buffer.alloc(RECORD))
    const spool = await Spool.open(directory, LIMITS, systemClock)
    const stop = new AbortController()
    const seen: number[] = []
    const write = async (batches: readonly Batch[]) => {
      const [id = 0] = idsOf(batches)
      if (id === 12) {
        stop.abort()
        throw new Error('not now')
      }
      seen.push(id)
    }
    await spool.drain({
      sink: { write },
      bytesPerSecond: Infinity,
      maxInFlightBytes: 1,
      signal: stop.signal,
      clock: systemClock,
    })
    expect(seen).toEqual([10])
    expect(spool.stats().quarantinedRecords).toBe(1)
    await spool.close()
    expect(await drainAgain()).toEqual({ ids: without(10, 11), quarantined: 0 })
  })

  test('records on both sides of a damaged stretch longer than the read window drain', async () => {
    const spool = await Spool.open(directory, { ...LIMITS, segmentBytes: 8 * 1024 ** 2 }, systemClock)
    await spool.append([
      batchOf(100, 1),
      ...range(0, 12).map((i) => batchOf(200 + i, 1, 0, 200_000)),
      batchOf(300, 1),
    ])
    await spool.close()
    const last = (await readdir(directory))
      .filter((name) => name.endsWith('.log'))
      .sort()
      .at(-1)
    segments = [last ?? '']
    await overwrite(0, RECORD + 5, Buffer.alloc(12 * 200_000 + 50, 0xff))
    const { ids, quarantined } = await drainAgain()
    expect(ids.slice(-2)).toEqual([100, 300])
    expect(quarantined).toBe(12)
  })
})
