/** What an attempt to send came to, and what follows from it. Pure. */

export type Attempt =
  /** @param note what went wrong for some of those it is for */
  | { readonly outcome: 'sent'; readonly note?: string }
  | { readonly outcome: 'retry'; readonly error: string; readonly afterMs?: number }
  /** Trying again would not help. */
  | { readonly outcome: 'dead'; readonly error: string }

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
/** Pauses after the first, second, … attempt that failed; when they are used up the message is given up, half a day after the first. */
export const PAUSES_MS = [
  10 * SECOND_MS,
  30 * SECOND_MS,
  2 * MINUTE_MS,
  5 * MINUTE_MS,
  15 * MINUTE_MS,
  HOUR_MS,
  3 * HOUR_MS,
  8 * HOUR_MS,
] as const
/** The longest a receiver may ask to be left alone. */
const LONGEST_MS = 24 * HOUR_MS

/**
 * The delivery after an attempt.
 * @param attempts attempts made, this one included
 * @param now ms
 */
export function afterAttempt(attempt: Attempt, attempts: number, now: number) {
  if (attempt.outcome === 'sent') return { status: 'sent' as const, error: attempt.note ?? '', next_at: now }
  const pause = PAUSES_MS[attempts - 1]
  if (attempt.outcome === 'dead' || pause === undefined)
    return { status: 'dead' as const, error: attempt.error, next_at: now }
  const wait = Math.min(Math.max(pause, attempt.afterMs ?? 0), LONGEST_MS)
  return { status: 'pending' as const, error: attempt.error, next_at: now + wait }
}

/** What an HTTP status says. Redirects are not followed: they could lead anywhere. */
export function attemptOf(status: number, retryAfter: string | undefined, now: number): Attempt {
  if (status >= 200 && status < 300) return { outcome: 'sent' }
  if (status >= 300 && status < 400)
    return { outcome: 'dead', error: `answered ${status}: redirects are not followed` }
  const error = `answered ${status}`
  const again = status >= 500 || [408, 409, 421, 423, 425, 429].includes(status)
  if (!again) return { outcome: 'dead', error }
  const afterMs = retryAfterMs(retryAfter, now)
  return { outcome: 'retry', error, ...(afterMs === undefined ? {} : { afterMs }) }
}

/** Seconds, or an HTTP date. */
function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined
  const ms = /^\d{1,9}$/.test(header) ? Number(header) * SECOND_MS : Date.parse(header) - now
  return Number.isFinite(ms) && ms > 0 ? ms : undefined
}
