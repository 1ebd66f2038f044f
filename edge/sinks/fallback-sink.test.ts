import { describe, expect, test } from 'bun:test'
import { fallbackSink } from './fallback-sink.ts'
import { batchOfLines, memorySink } from './memory-sink.ts'
import { SinkError } from './sink.ts'

const BATCH = [batchOfLines(0, ['{}'])]
const gone = new SinkError('queue_unavailable', 'gone', true)

describe('fallbackSink', () => {
  test('writes to the first while it takes batches', async () => {
    const [first, second] = [memorySink(), memorySink()]
    await fallbackSink(first, second).write(BATCH)
    expect([first.batches.length, second.batches.length]).toEqual([1, 0])
  })

  test('writes to the second when the first refuses for now, and goes straight there while it is gone', async () => {
    const [first, second] = [memorySink(), memorySink()]
    first.failure = gone
    const refusing = { ...first, ready: true, write: first.write.bind(first) }
    await fallbackSink(refusing, second).write(BATCH)
    await fallbackSink(first, second).write(BATCH)
    expect([first.batches.length, second.batches.length]).toEqual([0, 2])
  })

  test('tries the first after all when the second is full', async () => {
    const [first, second] = [memorySink(), memorySink()]
    second.failure = new SinkError('spool_full', 'full', true)
    const unnoticed = { ...first, ready: false, write: first.write.bind(first) }
    await fallbackSink(unnoticed, second).write(BATCH)
    expect(first.batches).toHaveLength(1)
  })

  test('rejects when neither takes the batch, and is not ready when neither is', async () => {
    const [first, second] = [memorySink(), memorySink()]
    first.failure = gone
    second.failure = new SinkError('spool_full', 'full', true)
    const sink = fallbackSink(first, second)
    expect(sink.ready).toBe(false)
    await expect(sink.write(BATCH)).rejects.toMatchObject({ code: 'spool_full', retriable: true })
  })

  test('does not spool what the first will never take', async () => {
    const [first, second] = [memorySink(), memorySink()]
    const refusing = {
      ...first,
      ready: true,
      write: () => Promise.reject(new SinkError('too_large', 'never', false)),
    }
    await expect(fallbackSink(refusing, second).write(BATCH)).rejects.toMatchObject({ retriable: false })
    expect(second.batches).toHaveLength(0)
  })
})
