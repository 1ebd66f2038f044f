/** An open page's line to the server: a question asked again while someone looks, and its troubles in words. */
import type { Trouble } from './overview.ts'
import { startPoll } from './poll.ts'

/** The server answered, but not what was asked for. */
export class TroubleError extends Error {
  constructor(readonly trouble: Trouble) {
    super(trouble.title)
  }
}

const UNREACHABLE: Trouble = {
  code: 'clickhouse_unreachable',
  title: 'The dashboard does not answer',
  detail: 'This page asks again by itself.',
}

/** A request that takes longer than this has failed. */
const TIMEOUT_MS = 12_000

export interface FollowOptions<Answer> {
  /** Asks once. Throws a TroubleError for an answer that says why there is none. */
  readonly ask: (signal: AbortSignal) => Promise<Answer>
  readonly onAnswer: (answer: Answer) => void
  readonly onTrouble: (trouble: Trouble) => void
}

/** Asks once a second while the page is visible. @returns how to stop */
export function follow<Answer>({ ask, onAnswer, onTrouble }: FollowOptions<Answer>): () => void {
  const poll = startPoll<Answer>({
    ask: (signal) => ask(AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)])),
    onAnswer,
    onFailure: (error) => onTrouble(error instanceof TroubleError ? error.trouble : UNREACHABLE),
    isVisible: () => document.visibilityState === 'visible',
    later: (run, delayMs) => {
      const timer = setTimeout(run, delayMs)
      return () => clearTimeout(timer)
    },
  })
  document.addEventListener('visibilitychange', poll.visibilityChanged)
  addEventListener('online', poll.visibilityChanged)
  return () => {
    document.removeEventListener('visibilitychange', poll.visibilityChanged)
    removeEventListener('online', poll.visibilityChanged)
    poll.stop()
  }
}
