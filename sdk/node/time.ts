/** Waiting, with an end to it. */

const LONGEST_WAIT_MS = 30_000

/** Runs it with a signal that says stop after so many ms, or with another. No timer is left behind: it would hold up a process that ends. */
export async function within<Result>(
  ms: number,
  other: AbortSignal,
  run: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController()
  const stop = () => controller.abort()
  const timer = setTimeout(stop, ms)
  other.addEventListener('abort', stop, { once: true })
  try {
    return await run(controller.signal)
  } finally {
    clearTimeout(timer)
    other.removeEventListener('abort', stop)
  }
}

/** How long to wait after so many failures in a row, ms: longer each time, and not all clients at once. */
export const waitAfter = (failures: number) =>
  Math.min(100 * 2 ** failures, LONGEST_WAIT_MS) * (0.5 + Math.random() / 2)

/** Waits, but not when the client is stopped. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done, { once: true })
    function done() {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
  })
}
