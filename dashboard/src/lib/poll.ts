/**
 * Asks again and again while someone looks: once a second, at once on coming back to the tab, never twice at a time,
 * and ever more seldom while it fails. Time, visibility and the question are passed in.
 */

export interface PollOptions<Answer> {
  /** Asks once. Rejects when there is no answer. */
  readonly ask: (signal: AbortSignal) => Promise<Answer>
  readonly onAnswer: (answer: Answer) => void
  readonly onFailure: (error: unknown, failures: number) => void
  readonly isVisible: () => boolean
  /** Runs something later; returns how to call it off. */
  readonly later: (run: () => void, delayMs: number) => () => void
}

export interface Poll {
  /** To be called when the page becomes visible or hidden. */
  readonly visibilityChanged: () => void
  readonly stop: () => void
}

const INTERVAL_MS = 1_000
const LONGEST_MS = 15_000

/** How long to wait after so many failures in a row, in ms. */
export const delayAfter = (failures: number) =>
  Math.min(INTERVAL_MS * 2 ** Math.max(0, failures - 1), LONGEST_MS)

/** Starts with a wait: the page has just been rendered with fresh numbers. */
export function startPoll<Answer>({ ask, onAnswer, onFailure, isVisible, later }: PollOptions<Answer>): Poll {
  const controller = new AbortController()
  let cancel: (() => void) | undefined
  let asking = false
  let failures = 0

  async function tick() {
    cancel = undefined
    if (asking || controller.signal.aborted || !isVisible()) return
    asking = true
    try {
      const answer = await ask(controller.signal)
      if (controller.signal.aborted) return
      failures = 0
      onAnswer(answer)
    } catch (error) {
      if (controller.signal.aborted) return
      failures += 1
      onFailure(error, failures)
    } finally {
      asking = false
      schedule(delayAfter(failures))
    }
  }

  function schedule(delayMs: number) {
    cancel?.()
    cancel = controller.signal.aborted ? undefined : later(tick, delayMs)
  }

  schedule(INTERVAL_MS)
  return {
    visibilityChanged: () => {
      if (isVisible() && !asking) schedule(0)
    },
    stop: () => {
      controller.abort()
      cancel?.()
    },
  }
}
