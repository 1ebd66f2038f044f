// A full disk: really full, on a tiny tmpfs, where this process may mount one; by quota everywhere. Either way each
// append is acknowledged and delivered or refused, the position can still be written, and draining makes room.

import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SinkError } from '../sinks/sink.ts'
import { systemClock } from './clock.ts'
import { errnoOf } from './files.ts'
import { Spool } from './spool.ts'
import { batchOf, drainIds, range, SMALL } from './test-kit.ts'

const LIMITS = { ...SMALL, segmentBytes: 128 * 1024 }

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rtpx-full-'))
})
afterEach(() => rm(directory, { recursive: true }))

/** Appends until nothing more is taken, several at a time, and checks each refusal. Returns what was acknowledged. */
async function fill(spool: Spool, firstId: number, check: (error: SinkError) => void): Promise<number[]> {
  const acked: number[] = []
  for (let id = firstId; ; id += 400) {
    const results = await Promise.allSettled(
      range(0, 4).map(async (i) => {
        await spool.append([batchOf(id + i * 100, 100)])
        acked.push(...range(id + i * 100, id + i * 100 + 100))
      }),
    )
    const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
    for (const error of refused) {
      expect(error).toBeInstanceOf(SinkError)
      check(error)
    }
    if (refused.length === 4) return acked
  }
}

async function fillAndRecover(path: string, limits: typeof LIMITS, check: (error: SinkError) => void) {
  const first = await Spool.open(path, limits, systemClock)
  const before = await fill(first, 0, check)
  expect(before.length).toBeGreaterThan(1_000)
  expect(await drainIds(first)).toEqual(before)

  const again = await fill(first, 100_000, check)
  expect(again.length).toBeGreaterThan(1_000)
  await first.close()

  // Opened while the disk is still full.
  const second = await Spool.open(path, limits, systemClock)
  expect(await drainIds(second)).toEqual(again)
  await second.append([batchOf(200_000, 100)])
  expect(await drainIds(second)).toEqual(range(200_000, 200_100))
  expect(second.stats()).toMatchObject({ quarantinedRecords: 0, fileBytes: 0 })
  await second.close()
}

test('by quota', () =>
  fillAndRecover(directory, { ...LIMITS, maxBytes: 1024 * 1024 }, (error) => {
    expect(error).toMatchObject({ code: 'spool_full', retriable: true })
  }))

test('by a file system without room', async () => {
  const mount = Bun.spawnSync(['mount', '-t', 'tmpfs', '-o', 'size=1m', 'rtpx-spool-test', directory])
  if (!mount.success) {
    console.warn(
      `no tmpfs can be mounted here (${mount.stderr.toString().trim()}): only the quota was tested`,
    )
    return
  }
  try {
    await fillAndRecover(directory, LIMITS, (error) => {
      expect(error).toMatchObject({ code: 'spool_io', retriable: true })
      expect(errnoOf(error.cause)).toBe('ENOSPC')
    })
  } finally {
    const unmount = Bun.spawnSync(['umount', directory])
    // Busy when the spool left a file open, which fails the test; the mount must not stay behind all the same.
    if (!unmount.success) Bun.spawnSync(['umount', '--lazy', directory])
    expect(unmount.stderr.toString()).toBe('')
  }
})
