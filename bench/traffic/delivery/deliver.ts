/**
 * Delivers batches to an edge's `POST /api/events` until it has given its verdict on each event.
 *
 * - A batch is sent again, unchanged, when the edge is busy (503, 429) or its answer is lost: ids make that harmless.
 *   Of a batch that was over the site's rate, the events that were are sent again.
 * - Resolved means that every event was accepted or refused by the edge; rejected, that this is not known.
 */
import type { Clock } from '../clock.ts'

export interface Verdict {
  readonly accepted: number
  readonly rejected: readonly Rejected[]
}

interface Rejected {
  /** Of the event in the batch. */
  readonly index: number
  readonly code: string
  readonly field: string
  readonly message: string
}

export interface DeliverOptions {
  readonly edgeUrl: string
  readonly serverKey: string
  /** How long a batch is tried, in milliseconds. */
  readonly giveUpMs: number
  /** How long one attempt may take, in milliseconds. */
  readonly attemptMs: number
  /** Ends the attempt under way; `clock` ends the pauses. */
  readonly signal: AbortSignal
  readonly clock: Clock
  /** Told before each pause. */
  readonly onRetry: (reason: string) => void
}

/** It is not known that the edge took the batch. */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError'
}

/** The one reason to refuse an event that passes. */
const RATE_LIMITED = 'rate_limited'

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 5_000

/**
 * @param lines events, one JSON object each; at most what the edge takes in one request
 * @throws DeliveryError when the edge refuses the whole request or did not answer within `giveUpMs`
 */
export async function deliver(lines: readonly string[], options: DeliverOptions): Promise<Verdict> {
  let accepted = 0
  const rejected: Rejected[] = []
  /** Indexes of the events that have no verdict yet. */
  let open = [...lines.keys()]
  while (open.length > 0) {
    const verdict = await untilAnswered(
      open.map((index) => lines[index] ?? ''),
      options,
    )
    accepted += verdict.accepted
    const final = verdict.rejected.filter(({ code }) => code !== RATE_LIMITED)
    const limited = verdict.rejected.filter(({ code }) => code === RATE_LIMITED)
    rejected.push(...final.map((one) => ({ ...one, index: open[one.index] ?? -1 })))
    open = limited.map(({ index }) => open[index] ?? -1)
  }
  return { accepted, rejected }
}

/** The first answer that takes or refuses at least one event for good. */
async function untilAnswered(lines: readonly string[], options: DeliverOptions): Promise<Verdict> {
  const { clock, signal } = options
  const deadline = clock.steady() + options.giveUpMs
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    const answer = await attempt(lines, options)
    if ('verdict' in answer) return answer.verdict
    signal.throwIfAborted()
    const waitMs = Math.max(answer.retryAfterMs, pauseMs)
    if (clock.steady() + waitMs > deadline)
      throw new DeliveryError(`${answer.reason}; given up after ${options.giveUpMs / 1000} s`)
    options.onRetry(answer.reason)
    await clock.sleep(waitMs)
  }
}

type Answer = { verdict: Verdict } | { reason: string; retryAfterMs: number }

async function attempt(lines: readonly string[], options: DeliverOptions): Promise<Answer> {
  let response: Response
  let text: string
  try {
    response = await fetch(`${options.edgeUrl}/api/events`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${options.serverKey}`,
        'content-type': 'application/json',
        // Else an event without user agent would get this process's.
        'user-agent': '',
      },
      // A single line would be read as one event just as well; an array is never mistaken.
      body: `[${lines.join(',')}]`,
      signal: AbortSignal.any([options.signal, AbortSignal.timeout(options.attemptMs)]),
    })
    text = await response.text()
  } catch (error) {
    return { reason: `${options.edgeUrl} does not answer (${(error as Error).message})`, retryAfterMs: 0 }
  }
  const body = parse(text)
  if (isVerdict(body) && body.accepted + body.rejected.length === lines.length) {
    const isAnswered = body.accepted > 0 || body.rejected.some(({ code }) => code !== RATE_LIMITED)
    return isAnswered ? { verdict: body } : { reason: 'the site’s rate is reached', retryAfterMs: 1_000 }
  }
  const reason = `the edge answered ${response.status}${detailOf(body)}`
  if (response.status !== 429 && response.status < 500) throw new DeliveryError(reason)
  const seconds = Number(response.headers.get('retry-after'))
  return { reason, retryAfterMs: seconds > 0 ? seconds * 1000 : 0 }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isVerdict(body: unknown): body is Verdict {
  const { accepted, rejected } = (body ?? {}) as Partial<Verdict>
  return typeof accepted === 'number' && Array.isArray(rejected)
}

function detailOf(body: unknown): string {
  const { code, detail } = (body ?? {}) as { code?: unknown; detail?: unknown }
  return typeof code === 'string' ? ` ${code}: ${String(detail)}` : ''
}
