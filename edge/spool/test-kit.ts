// What the spool's tests share: batches, a sink that remembers, and a clock that does not wait.

import { batchOfLines, linesOf } from '../sinks/memory-sink.ts'
import type { Batch } from '../sinks/sink.ts'
import type { Clock } from './clock.ts'
import { DEFAULT_LIMITS, type SpoolLimits } from './limits.ts'
import type { Spool } from './spool.ts'

export const SMALL: SpoolLimits = { ...DEFAULT_LIMITS, segmentBytes: 4_096, commitIntervalMs: 0 }

/** One batch of lines that carry their numbers. */
export function batchOf(from: number, count: number, partition = 0, size = 100): Batch {
  const lines = Array.from({ length: count }, (_, i) =>
    JSON.stringify({ id: from + i, pad: 'x'.repeat(size) }),
  )
  return batchOfLines(partition, lines)
}

export const idsOf = (batches: readonly Batch[]): number[] =>
  batches.flatMap((batch) => linesOf(batch).map((line) => Number(JSON.parse(line).id)))

/** A clock whose sleeps are noted and take no time but its own. */
export class TestClock implements Clock {
  time = 1_000_000
  readonly slept: number[] = []
  now = () => this.time
  sleep = async (ms: number) => {
    this.slept.push(ms)
    this.time += ms
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Drains all there is and returns the ids in the order of arrival. */
export async function drainIds(spool: Spool): Promise<number[]> {
  const ids: number[] = []
  await spool.drain({
    sink: {
      write: async (batches) => {
        ids.push(...idsOf(batches))
      },
    },
    bytesPerSecond: Infinity,
    maxInFlightBytes: 1024 * 1024,
    signal: new AbortController().signal,
    clock: new TestClock(),
  })
  return ids
}

/** Numbers from `from` up to but without `to`. */
export const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => from + i)
