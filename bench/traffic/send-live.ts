/** Sends live pixels when they are due, until the clock's sleeps are ended. A pixel is sent again while the edge is busy or away. */
import type { Clock } from './clock.ts'
import { atOnce } from './delivery/at-once.ts'
import { ATTEMPT_MS } from './delivery/limits.ts'
import { livePixel } from './live-pixel.ts'
import type { Sending } from './model/event.ts'
import type { Outcome } from './outcome.ts'

const PIXELS_AT_ONCE = 64
const PAUSE_MS = 1_000

export interface LiveOptions {
  readonly edgeUrl: string
  readonly clock: Clock
  /** Told after each pixel. */
  readonly onSent: () => void
  /** Told why a pixel has to wait. */
  readonly onTrouble: (reason: string) => void
}

/** @throws what ends a sleep: it has no other end */
export async function sendLive(
  sendings: Iterable<Sending>,
  outcome: Outcome,
  options: LiveOptions,
): Promise<void> {
  await atOnce(whenDue(sendings, options.clock), PIXELS_AT_ONCE, async (sending) => {
    outcome.add(sending, await sendPixel(sending, options))
    options.onSent()
  })
}

async function* whenDue(sendings: Iterable<Sending>, clock: Clock): AsyncGenerator<Sending> {
  for (const sending of sendings) {
    await clock.sleep(sending.at - clock.now())
    yield sending
  }
}

/** @returns why the edge refused it; undefined when it accepted it */
async function sendPixel(
  { event }: Sending,
  { edgeUrl, clock, onTrouble }: LiveOptions,
): Promise<string | undefined> {
  const { url, headers } = livePixel(edgeUrl, event)
  for (;;) {
    try {
      const response = await fetch(url, { headers, signal: AbortSignal.timeout(ATTEMPT_MS) })
      if (response.ok) return undefined
      const { code } = (await response.json().catch(() => ({}))) as { code?: string }
      if (response.status < 500 && response.status !== 429) return code ?? `status ${response.status}`
      onTrouble(`the edge answered ${response.status} ${code ?? ''}`.trim())
    } catch (error) {
      onTrouble(`${edgeUrl} does not answer (${(error as Error).message})`)
    }
    await clock.sleep(PAUSE_MS)
  }
}
