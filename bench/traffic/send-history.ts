/** Sends the past of the demo as a server's batches. */
import { atOnce } from './delivery/at-once.ts'
import { cutBatches } from './delivery/batches.ts'
import type { Verdict } from './delivery/deliver.ts'
import { BATCHES_AT_ONCE, MAX_BATCH_BYTES, MAX_BATCH_EVENTS } from './delivery/limits.ts'
import type { Sending } from './model/event.ts'
import type { Outcome } from './outcome.ts'

/**
 * @param onProgress told up to which instant (ms) the past is through
 * @throws DeliveryError, or what ends a pause
 */
export async function sendHistory(
  sendings: Iterable<Sending>,
  outcome: Outcome,
  deliver: (lines: readonly string[]) => Promise<Verdict>,
  onProgress: (at: number) => void,
): Promise<void> {
  const batches = cutBatches(itemsOf(sendings), {
    maxEvents: MAX_BATCH_EVENTS,
    maxBytes: MAX_BATCH_BYTES,
    dueInMs: () => 0,
    sleep: async () => {},
  })
  await atOnce(batches, BATCHES_AT_ONCE, async (batch) => {
    const { rejected } = await deliver(batch.map(({ json }) => json))
    const codes = new Map(rejected.map(({ index, code }) => [index, code]))
    for (const [index, { sending }] of batch.entries()) outcome.add(sending, codes.get(index))
    onProgress(batch.at(-1)?.sending.at ?? 0)
  })
}

function* itemsOf(sendings: Iterable<Sending>) {
  for (const sending of sendings) yield { sending, json: JSON.stringify(sending.event) }
}
