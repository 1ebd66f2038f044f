/** Time as senders use it, passed in so that their logic has no clock of its own. */
import { setTimeout as wait } from 'node:timers/promises'

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Milliseconds of a steady clock. */
  steady(): number
  /** @throws the signal's reason when it is aborted first */
  sleep(ms: number): Promise<void>
}

/** The machine's clock; its sleeps end with the signal. */
export function machineClock(signal: AbortSignal): Clock {
  return {
    now: Date.now,
    steady: () => performance.now(),
    async sleep(ms) {
      signal.throwIfAborted()
      await wait(Math.max(ms, 0), undefined, { signal })
    },
  }
}
