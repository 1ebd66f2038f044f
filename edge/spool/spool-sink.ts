// The spool as a sink, and the loop that empties it into another: what "Kafka, else spool" is made of.

import type { Sink } from '../sinks/sink.ts'
import type { DrainOptions } from './drain.ts'
import { backoffMs } from './pacing.ts'
import type { Spool } from './spool.ts'

/** A sink whose batches are durable in the spool. */
export function spoolSink(spool: Spool): Sink {
  return {
    write: (batches) => spool.append(batches),
    get ready() {
      return spool.ready
    },
    close: () => spool.close(),
  }
}

/**
 * Drains whatever the spool takes until the signal aborts; resolves then. `onError` hears of a directory that cannot be
 * read, which is tried again.
 */
export async function keepDraining(
  spool: Spool,
  options: DrainOptions,
  onError: (error: unknown) => void,
): Promise<void> {
  for (let attempt = 0; !options.signal.aborted; ) {
    await spool.untilUnread(options.signal)
    try {
      await spool.drain(options)
      attempt = 0
    } catch (error) {
      onError(error)
      attempt += 1
      await options.clock.sleep(backoffMs(attempt), options.signal)
    }
  }
}
