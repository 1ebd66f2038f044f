/**
 * Tells why a pixel does not count: what the edge refused goes to `events_rejected`, with its reason and the offending text.
 *
 * Bounded in every direction, because strangers decide how much there is: so many a second for each reason, so much text
 * each, so many waiting. Best effort: a report is never worth an event.
 */
import type { Refusal, RefusalCode } from '../intake/refusal.ts'
import type { Sender } from '../intake/sender.ts'
import { RateLimiter } from '../limits/rate-limiter.ts'
import { senderText } from './sender-text.ts'

/** A rejected event as it travels: the columns of rejected_events. */
export interface Rejection {
  readonly rejected_id: string
  /** Milliseconds since 1970. */
  readonly rejected_at: number
  readonly source: 'edge'
  readonly reason: RefusalCode
  readonly site_id: string
  readonly field: string
  readonly message: string
  readonly raw: string
  /** What the request told besides; see sender-text.ts. */
  readonly sender: string
}

/** The longest raw text that is kept, in UTF-16 units. */
export const MAX_RAW = 2_048
const MAX_WAITING = 1_000
const RATE = { perSecond: 20, burst: 200 }

export interface ReporterOptions {
  /** Sends lines of JSON, each a Rejection. */
  readonly send: (lines: readonly string[]) => Promise<void>
  readonly now: () => number
  readonly newId: () => string
}

export class RejectionReporter {
  private waiting: string[] = []
  private readonly limiter = new RateLimiter(RATE, 1_000)
  /** Refusals that were not reported, because there were too many or the queue did not take them. */
  unreported = 0

  constructor(private readonly options: ReporterOptions) {}

  /**
   * @param raw what was sent, or the part of it that is to blame
   * @param sender who sent it, where that is known
   */
  report(refusal: Refusal, siteId: string, raw: string, sender?: Sender): void {
    const { now, newId } = this.options
    const isTooMuch = this.waiting.length >= MAX_WAITING || this.limiter.take(refusal.code, 1, now()) > 0
    if (isTooMuch) {
      this.unreported += 1
      return
    }
    const rejection: Rejection = {
      rejected_id: newId(),
      rejected_at: now(),
      source: 'edge',
      reason: refusal.code,
      site_id: siteId,
      field: refusal.field,
      message: refusal.message,
      raw: raw.slice(0, MAX_RAW).toWellFormed(),
      sender: sender ? senderText(sender) : '',
    }
    this.waiting.push(JSON.stringify(rejection))
  }

  /** Sends what waits. */
  async flush(): Promise<void> {
    const lines = this.waiting
    if (lines.length === 0) return
    this.waiting = []
    try {
      await this.options.send(lines)
    } catch {
      this.unreported += lines.length
    }
  }
}
