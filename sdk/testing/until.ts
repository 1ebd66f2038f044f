/** Waits for what arrives in its own time, and shows what was there instead when it does not. */
import { expect } from 'bun:test'

/** Asks again and again until the answer is as expected. @param timeoutMs after which the difference is the failure */
export async function until(ask: () => unknown, expected: unknown, timeoutMs = 45_000): Promise<void> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const answer = await ask()
    if (Bun.deepEquals(answer, expected)) return
    if (performance.now() > deadline) return expect(answer).toEqual(expected)
    await Bun.sleep(20)
  }
}
