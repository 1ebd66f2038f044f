import { describe, expect, test } from 'bun:test'
import { batchOfLines, linesOf } from '../sinks/memory-sink.ts'
import { type Batch, SinkError } from '../sinks/sink.ts'
import type { DrainOptions } from './drain.ts'
import { FakeDisk } from './fake-disk.ts'
import { BACKOFF_MS, backoffMs, restMs, sendBytes } from './pacing.ts'
import { Spool } from './spool.ts'
import { keepDraining } from './spool-sink.ts'
import { batchOf, drainIds, idsOf, range, SMALL, TestClock } from './test-kit.ts'

async function filled(records: number) {
  const disk = new FakeDisk()
  const clock = new TestClock()
  const spool = await Spool.recover(disk.files(), SMALL, clock)
  for (const i of range(0, records)) await spool.append([batchOf(i * 10, 10, i % 2)])
  const stop = new AbortController()
  const received: Batch[] = []
  const write = async (batches: readonly Batch[]) => {
    received.push(...batches.map((batch) => batchOfLines(batch.partition, linesOf(batch))))
  }
  const options: DrainOptions = {
    sink: { write },
    bytesPerSecond: Infinity,
    maxInFlightBytes: 3_000,
    signal: stop.signal,
    clock,
  }
  return { disk, clock, spool, stop, received, options }
}

describe('pacing', () => {
  test('backs off twice as long each time, up to a bound', () => {
    expect([1, 2, 3].map(backoffMs)).toEqual([50, 100, 200])
    expect(backoffMs(1_000)).toBe(BACKOFF_MS.most)
  })

  test('rests for what a send took less than its share of time, whatever the clock does', () => {
    expect(restMs(500, 100, 1_000)).toBe(400)
    expect(restMs(500, 900, 1_000)).toBe(0)
    expect(restMs(500, -1e9, 1_000)).toBe(500)
    expect(restMs(500, 0, Infinity)).toBe(0)
    expect(sendBytes(1_000, 5_000)).toBe(100)
    expect(sendBytes(Infinity, 5_000)).toBe(5_000)
  })
})

describe('drain', () => {
  test('delivers in order what was appended, as it was, and leaves no file', async () => {
    const { disk, spool, received, options } = await filled(20)
    const progress = await spool.drain(options)
    expect(received).toEqual(range(0, 20).map((i) => batchOf(i * 10, 10, i % 2)))
    expect(progress).toMatchObject({ deliveredRecords: 20, quarantinedRecords: 0, refusals: 0 })
    expect(disk.names).toEqual(['cursor'])
  })

  test('has at most so many bytes in flight and keeps to the rate', async () => {
    const { spool, clock, options } = await filled(20)
    const sends: number[] = []
    let inFlight = 0
    const write = async (batches: readonly Batch[]) => {
      inFlight += 1
      expect(inFlight).toBe(1)
      await new Promise((resolve) => setImmediate(resolve))
      sends.push(batches.reduce((sum, { lines }) => sum + lines.byteLength, 0))
      inFlight -= 1
    }
    const startedAt = clock.now()
    const { deliveredBytes } = await spool.drain({ ...options, sink: { write }, bytesPerSecond: 25_000 })
    expect(Math.max(...sends)).toBeLessThanOrEqual(2_500)
    const [lastBytes = 0] = sends.slice(-1)
    const seconds = (clock.now() - startedAt) / 1_000
    expect((deliveredBytes - lastBytes - 100) / seconds).toBeLessThanOrEqual(25_000)
  })

  test('waits ever longer while the sink refuses, then goes on from there', async () => {
    const { spool, clock, received, options } = await filled(5)
    const errors: unknown[] = []
    let calls = 0
    const write = async (batches: readonly Batch[]) => {
      calls += 1
      // An error of no known kind is no reason to lose anything either.
      if (calls <= 4) throw calls % 2 ? new SinkError('broker_down', 'no', true) : new TypeError('a bug')
      if (calls === 6) throw new SinkError('broker_down', 'again', true)
      received.push(...batches.map((batch) => batchOfLines(batch.partition, linesOf(batch))))
    }
    await spool.drain({ ...options, sink: { write }, onRefusal: (error) => errors.push(error) })
    expect(clock.slept).toEqual([50, 100, 200, 400, 50])
    expect(errors.length).toBe(5)
    expect(idsOf(received)).toEqual(range(0, 50))
  })

  test('sets aside the one record that is refused for good and delivers its neighbours', async () => {
    const { disk, spool, received, options } = await filled(6)
    const write = async (batches: readonly Batch[]) => {
      if (idsOf(batches).includes(25)) throw new SinkError('message_too_large', 'no', false)
      received.push(...batches.map((batch) => batchOfLines(batch.partition, linesOf(batch))))
    }
    const progress = await spool.drain({ ...options, sink: { write } })
    expect(progress).toMatchObject({ deliveredRecords: 5, quarantinedRecords: 1 })
    expect(idsOf(received)).toEqual(range(0, 60).filter((id) => id < 20 || id >= 30))
    const kept = disk.content('quarantine').toString('latin1')
    expect(kept).toContain('"reason":"message_too_large"')
    expect(kept).toContain(linesOf(batchOf(20, 10)).join('\n'))
  })

  test('counts on when the quarantine is full, and keeps within its bound', async () => {
    const disk = new FakeDisk()
    const clock = new TestClock()
    const spool = await Spool.recover(disk.files(), { ...SMALL, maxQuarantineBytes: 2_000 }, clock)
    for (const i of range(0, 10)) await spool.append([batchOf(i * 10, 10)])
    const write = async () => {
      throw new SinkError('never', 'no', false)
    }
    const { signal } = new AbortController()
    await spool.drain({ sink: { write }, bytesPerSecond: Infinity, maxInFlightBytes: 1, signal, clock })
    expect(spool.stats()).toMatchObject({ quarantinedRecords: 10, depthRecords: 0 })
    expect(disk.content('quarantine').length).toBeGreaterThan(1_000)
    expect(disk.content('quarantine').length).toBeLessThanOrEqual(2_000)
  })

  test('ends at the signal, also in the middle of waiting, and the next one goes on', async () => {
    const { spool, stop, clock, options } = await filled(10)
    const write = async () => {
      throw new SinkError('broker_down', 'no', true)
    }
    clock.sleep = async () => stop.abort()
    expect(await spool.drain({ ...options, sink: { write } })).toMatchObject({
      deliveredRecords: 0,
      refusals: 1,
    })
    expect(await drainIds(spool)).toEqual(range(0, 100))
  })

  test('only one at a time', async () => {
    const { spool, options } = await filled(2)
    const first = spool.drain(options)
    await expect(spool.drain(options)).rejects.toThrow('already')
    await first
  })

  test('goes on while the position cannot be written, and deletes once it can', async () => {
    const { disk, spool, received, options } = await filled(8)
    let failures = 0
    disk.failing = (operation, name) =>
      operation !== 'remove' && name === 'cursor' && failures++ < 6 ? 'EIO' : undefined
    await spool.drain(options)
    expect(idsOf(received)).toEqual(range(0, 80))
    expect(disk.names).toEqual(['cursor'])
    expect(spool.stats().failures).toBeGreaterThan(0)
  })

  test('keepDraining delivers what comes later, and survives a directory that cannot be read for a while', async () => {
    const { disk, spool, stop, received, options } = await filled(2)
    const errors: unknown[] = []
    disk.failing = (operation) => (operation === 'open' && errors.length < 2 ? 'EACCES' : undefined)
    const running = keepDraining(spool, options, (error) => errors.push(error))
    while (received.length < 2) await new Promise((resolve) => setImmediate(resolve))
    await spool.append([batchOf(20, 10)])
    while (received.length < 3) await new Promise((resolve) => setImmediate(resolve))
    stop.abort()
    await running
    expect(idsOf(received)).toEqual(range(0, 30))
    expect(errors).toHaveLength(2)
  })
})
