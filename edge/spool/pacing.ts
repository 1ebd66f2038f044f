// When the drainer may send next: pure decisions, so that no test waits for a timer.

/**
 * Least and most milliseconds between two tries at a sink that refuses. A sink that is gone says so at once, so asking it
 * often costs little, and what waits leaves soon after it is back.
 */
export const BACKOFF_MS = { least: 50, most: 500 } as const

/** Milliseconds to wait before try `attempt` (the first retry is 1): doubling, bounded. */
export function backoffMs(attempt: number): number {
  return Math.min(BACKOFF_MS.most, BACKOFF_MS.least * 2 ** Math.min(attempt - 1, 16))
}

/** Milliseconds to rest after a send of `bytes` that took `elapsedMs`, so that the rate is never exceeded. */
export function restMs(bytes: number, elapsedMs: number, bytesPerSecond: number): number {
  return Math.max(0, (bytes / bytesPerSecond) * 1_000 - Math.max(0, elapsedMs))
}

/** Bytes of one send: a tenth of a second's worth, so that the rate is even, within what may be in flight. */
export function sendBytes(bytesPerSecond: number, maxInFlightBytes: number): number {
  return Math.min(maxInFlightBytes, bytesPerSecond / 10)
}
