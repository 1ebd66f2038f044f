import { describe, expect, test } from 'bun:test'
import { batchOfLines } from '../sinks/memory-sink.ts'
import { type Batch, type Sink, SinkError } from '../sinks/sink.ts'
import { Publisher } from './publisher.ts'

const LIMITS = { lingerMs: 1, maxWrites: 1, maxBatchBytes: 1_000, maxPendingBytes: 10_000 }

/** A sink whose writes the test ends one by one. */
function heldSink() {
  const writes: { batches: readonly Batch[]; end: PromiseWithResolvers<void> }[] = []
  const sink: Sink = {
    ready: true,
    write(batches) {
      const end = Promise.withResolvers<void>()
      writes.push({ batches, end })
      return end.promise
    },
    async close() {},
  }
  return { sink, writes }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await Bun.sleep(1)
}

const entry = (line: string, partition = 0) => ({ partition, line })

describe('Publisher', () => {
  test('answers only after the sink has, and gathers what comes meanwhile into one write', async () => {
    const { sink, writes } = heldSink()
    const publisher = new Publisher(sink, LIMITS)
    let done = 0
    const published = ['a', 'b', 'c'].map((line, index) =>
      (index === 0 ? Promise.resolve() : until(() => writes.length === 1))
        .then(() => publisher.publish([entry(line)]))
        .then(() => {
          done += 1
        }),
    )
    await until(() => writes.length === 1)
    expect(done).toBe(0)
    await until(() => publisher.pendingBytes === 6)
    expect(writes).toHaveLength(1)
    writes[0]?.end.resolve()
    await until(() => writes.length === 2)
    expect(writes[1]?.batches).toEqual([batchOfLines(0, ['b', 'c'])])
    expect(done).toBe(1)
    writes[1]?.end.resolve()
    await Promise.all(published)
    expect(publisher.pendingBytes).toBe(0)
  })

  test('keeps the events of one request together, and the order within a partition', async () => {
    const { sink, writes } = heldSink()
    const publisher = new Publisher(sink, LIMITS)
    const published = publisher.publish([
      entry('a', 1),
      entry('b', 2),
      entry('c', 1),
      entry('x'.repeat(2_000), 2),
    ])
    await until(() => writes.length === 1)
    expect(writes[0]?.batches.map(({ partition, events }) => [partition, events])).toEqual([
      [1, 2],
      [2, 2],
    ])
    writes[0]?.end.resolve()
    await published
  })

  test('turns events away above its limit instead of holding them', async () => {
    const { sink, writes } = heldSink()
    const publisher = new Publisher(sink, { ...LIMITS, maxPendingBytes: 100 })
    const first = publisher.publish([entry('x'.repeat(200))])
    await expect(publisher.publish([entry('y')])).rejects.toMatchObject({ code: 'busy', retriable: true })
    await until(() => writes.length === 1)
    writes[0]?.end.resolve()
    await first
    const second = publisher.publish([entry('y')])
    await until(() => writes.length === 2)
    writes[1]?.end.resolve()
    await second
  })

  test('passes a failure to every event of the write, and goes on', async () => {
    const { sink, writes } = heldSink()
    const publisher = new Publisher(sink, LIMITS)
    const failed = [publisher.publish([entry('a')]), publisher.publish([entry('b')])]
    await until(() => writes.length === 1)
    writes[0]?.end.reject(new SinkError('queue_unavailable', 'gone', true))
    for (const promise of failed) await expect(promise).rejects.toMatchObject({ code: 'queue_unavailable' })
    const next = publisher.publish([entry('c')])
    await until(() => writes.length === 2)
    writes[1]?.end.resolve()
    await next
  })

  test('close waits for everything taken in, and takes nothing more', async () => {
    const { sink, writes } = heldSink()
    const publisher = new Publisher(sink, LIMITS)
    void publisher.publish([entry('a')])
    let drained = false
    const draining = publisher.close().then(() => {
      drained = true
    })
    await until(() => writes.length === 1)
    expect(drained).toBe(false)
    await expect(publisher.publish([entry('b')])).rejects.toMatchObject({ code: 'draining' })
    writes[0]?.end.resolve()
    await draining
  })
})
