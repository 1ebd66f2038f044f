import { describe, expect, test } from 'bun:test'
import { FakeDisk, type Operation } from './fake-disk.ts'
import { Spool } from './spool.ts'
import { spoolSink } from './spool-sink.ts'
import { batchOf, drainIds, range, SMALL, TestClock } from './test-kit.ts'

const refusal = (code: string, retriable = true) =>
  expect.objectContaining({ name: 'SinkError', code, retriable })

async function open(limits = SMALL, disk = new FakeDisk()) {
  const clock = new TestClock()
  return { disk, clock, spool: await Spool.recover(disk.files(), limits, clock) }
}

describe('append', () => {
  test('concurrent calls share a sync, and each waits for it', async () => {
    const { disk, spool } = await open()
    let synced = false
    disk.failing = (operation, name) => {
      if (operation === 'sync' && name.endsWith('.log')) synced = true
      return undefined
    }
    const appends = range(0, 50).map(async (id) => {
      await spool.append([batchOf(id, 1, id % 3)])
      expect(synced).toBe(true)
    })
    await Promise.all(appends)
    expect(spool.stats()).toMatchObject({ appended: 50, syncs: 1, depthRecords: 50, bufferedBytes: 0 })
    expect(await drainIds(spool)).toEqual(range(0, 50))
  })

  test('nothing is nothing to wait for', async () => {
    const { spool } = await open()
    await spool.append([])
    await spool.append([batchOf(0, 0)])
    expect(spool.stats()).toMatchObject({ appended: 0, syncs: 0 })
  })

  test('a batch over the record limit becomes several records, a line over it is refused whole', async () => {
    const { spool } = await open({ ...SMALL, maxRecordBytes: 500 })
    await spool.append([batchOf(0, 20)])
    expect(spool.stats().appended).toBeGreaterThan(4)
    await expect(spool.append([batchOf(20, 1), batchOf(21, 1, 0, 501)])).rejects.toEqual(
      refusal('line_too_large', false),
    )
    expect(await drainIds(spool)).toEqual(range(0, 20))
  })

  test('above the size limit it refuses before writing, and takes again once drained', async () => {
    const { disk, spool } = await open({ ...SMALL, maxBytes: 10_000 })
    const sink = spoolSink(spool)
    const sizeOnDisk = () => disk.names.reduce((sum, name) => sum + disk.content(name).length, 0)
    let taken = 0
    const fill = async () => {
      for (;;) {
        await sink.write([batchOf(taken, 10)])
        taken += 10
      }
    }
    await expect(fill()).rejects.toEqual(refusal('spool_full'))
    expect(taken).toBeGreaterThan(10)
    // The cursor's two slots aside.
    expect(sizeOnDisk()).toBeLessThanOrEqual(10_000 + 8_192)
    expect(await drainIds(spool)).toEqual(range(0, taken))
    expect(spool.stats().fileBytes).toBe(0)
    expect(sink.ready).toBe(true)
    await sink.write([batchOf(taken, 10)])
    expect(await drainIds(spool)).toEqual(range(taken, taken + 10))
  })

  test('above the memory limit it refuses at once, and keeps what it took', async () => {
    const { spool } = await open({ ...SMALL, maxBufferedBytes: 5_000 })
    const results = await Promise.allSettled(range(0, 10).map((i) => spool.append([batchOf(i * 10, 10)])))
    const taken = results.flatMap(({ status }, i) =>
      status === 'fulfilled' ? range(i * 10, i * 10 + 10) : [],
    )
    expect(taken).toEqual(range(0, 40))
    expect(results[9]).toEqual({ status: 'rejected', reason: refusal('spool_busy') })
    expect(await drainIds(spool)).toEqual(taken)
  })

  test.each<Operation[]>([
    ['write'],
    ['sync'],
    ['create'],
    ['syncDirectory'],
    ['sync', 'truncate'],
    ['write', 'remove'],
  ])(
    'a disk that fails to %s refuses the group, and what follows is as if it had not been',
    async (...failing) => {
      const { disk, spool, clock } = await open()
      if (failing[0] !== 'create' && failing[0] !== 'syncDirectory') await spool.append([batchOf(0, 5)])
      else await spool.append([batchOf(0, 5, 0, 900)])
      disk.failing = (operation) => (failing.includes(operation) ? 'ENOSPC' : undefined)
      const group = range(1, 4).map((i) => spool.append([batchOf(i * 10, 5)]))
      for (const result of await Promise.allSettled(group)) {
        expect(result).toEqual({ status: 'rejected', reason: refusal('spool_io') })
      }
      expect(spool.stats()).toMatchObject({ failures: 1, appended: 1 })
      expect(spool.ready).toBe(false)
      disk.failing = () => undefined
      await spool.append([batchOf(50, 5)])
      expect(spool.ready).toBe(true)

      // The same after losing power, whatever of the failed write survives.
      disk.cutPower(() => 0.7)
      const again = await Spool.recover(disk.files(), SMALL, clock)
      expect(await drainIds(again)).toEqual([...range(0, 5), ...range(50, 55)])
      expect(again.stats()).toMatchObject({ depthRecords: 0 })
    },
  )

  test('after closing it refuses, and close waits for what is on its way', async () => {
    const { disk, spool, clock } = await open()
    const last = spool.append([batchOf(0, 5)])
    await spool.close()
    await last
    await expect(spool.append([batchOf(5, 5)])).rejects.toEqual(refusal('spool_closed'))
    expect(await drainIds(await Spool.recover(disk.files(), SMALL, clock))).toEqual(range(0, 5))
  })
})

describe('what a power cut leaves', () => {
  test('a deleted segment never looks lost: the position is durable first', async () => {
    const { disk, spool, clock } = await open()
    for (const i of range(0, 10)) await spool.append([batchOf(i * 10, 10)])
    const stop = new AbortController()
    let seen = 0
    const write = async () => {
      seen += 1
      if (seen === 8) stop.abort()
    }
    await spool.drain({
      sink: { write },
      bytesPerSecond: Infinity,
      maxInFlightBytes: 1,
      signal: stop.signal,
      clock,
    })
    // Every unsynced byte is lost, every deletion stands.
    disk.cutPower(() => 0)
    const again = await Spool.recover(disk.files(), SMALL, clock)
    expect((await drainIds(again)).at(-1)).toBe(99)
    expect(again.stats().quarantinedRecords).toBe(0)
  })

  test('stats say what is left and since when', async () => {
    const { disk, spool, clock } = await open()
    await spool.append([batchOf(0, 10)])
    clock.time += 60_000
    await spool.append([batchOf(10, 10)])
    const before = spool.stats()
    expect(before).toMatchObject({ depthRecords: 2, oldestAgeMs: 60_000 })
    disk.kill()
    const again = await Spool.recover(disk.files(), SMALL, clock)
    const { depthRecords, depthBytes, oldestAgeMs } = again.stats()
    expect({ depthRecords, depthBytes, oldestAgeMs }).toEqual({
      depthRecords: 2,
      depthBytes: before.depthBytes,
      oldestAgeMs: 60_000,
    })
  })
})

test('a record limit that the format cannot hold is refused', async () => {
  await expect(open({ ...SMALL, maxRecordBytes: 9 * 1024 ** 2 })).rejects.toThrow(RangeError)
})
