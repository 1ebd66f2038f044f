/**
 * "Kafka, else the spool": a sink made of two.
 *
 * - What the first does not take for now goes to the second; resolved means durable in one of them.
 * - While the first is known to be gone nobody waits for it; whoever empties the second finds out when it is back.
 */
import { type Batch, type Sink, SinkError } from './sink.ts'

export function fallbackSink(first: Sink, second: Sink): Sink {
  async function writeFirst(batches: readonly Batch[]): Promise<void> {
    try {
      await first.write(batches)
    } catch (error) {
      if (!isForNow(error)) throw error
      await second.write(batches)
    }
  }

  async function writeSecond(batches: readonly Batch[]): Promise<void> {
    try {
      await second.write(batches)
    } catch (error) {
      if (!isForNow(error)) throw error
      // The second is full or broken: the first may be back without anyone having noticed.
      await first.write(batches).catch((later: unknown) => {
        // Why the second refuses says more than that the first, known to be gone, still is.
        throw isForNow(later) ? error : later
      })
    }
  }

  return {
    get ready() {
      return first.ready || second.ready
    },
    write: (batches) => (first.ready ? writeFirst(batches) : writeSecond(batches)),
    async close() {
      await first.close()
      await second.close()
    },
  }
}

function isForNow(error: unknown): boolean {
  return error instanceof SinkError && error.retriable
}
