/** One thing looked at: how it is in words, and what to do. Made by `bun run doctor` and by the dashboard's status page alike. */

/** `bad`: something does not work. `warn`: it will not for long, or not as well. `unknown`: could not be looked at. */
export type Status = 'ok' | 'warn' | 'bad' | 'unknown'

export interface Check {
  /** Stable: `queue_lag`. */
  readonly id: string
  /** What was looked at, for people. */
  readonly title: string
  readonly status: Status
  /** How it is. */
  readonly words: string
  /** What to change; empty when there is nothing to. */
  readonly advice: string
}

/** Makes the results of one check. */
export function checkOf(id: string, title: string) {
  const make =
    (status: Status) =>
    (words: string, advice = ''): Check => ({ id, title, status, words, advice })
  return { ok: make('ok'), warn: make('warn'), bad: make('bad'), unknown: make('unknown') }
}

const ORDER: readonly Status[] = ['ok', 'unknown', 'warn', 'bad']

/** The worst status of all. */
export function worstOf(checks: readonly Check[]): Status {
  return checks.reduce<Status>(
    (worst, { status }) => (ORDER.indexOf(status) > ORDER.indexOf(worst) ? status : worst),
    'ok',
  )
}

/** The first line of what an error says, bounded. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return (text.split('\n', 1)[0] ?? '').slice(0, 200)
}
