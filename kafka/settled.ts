/** Asking a broker again while it says "not yet". */
import { KafkaJSError } from 'kafkajs'

const RETRIES = 40
const RETRY_MS = 250

/** Repeats a request that is refused for the moment, as one about a topic or group coordinator that was only just made. */
export async function settled<Result>(ask: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof KafkaJSError && error.retriable) || attempt > RETRIES) throw error
      await Bun.sleep(RETRY_MS)
    }
  }
}
