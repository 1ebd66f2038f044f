/**
 * Token buckets in a bounded table: so many events a second for each key, with a burst.
 *
 * A request is let through while its bucket is not empty and then pays for all its events, so a batch larger than the burst
 * is not refused for ever, but pays with a longer wait. A key that was forgotten starts with a full bucket.
 */
import { Generations } from './generations.ts'

interface Bucket {
  tokens: number
  /** When `tokens` was right; milliseconds. */
  at: number
}

export interface Rate {
  /** Events a second, above 0. */
  readonly perSecond: number
  /** Events at once. */
  readonly burst: number
}

export class RateLimiter {
  private readonly buckets: Generations<string, Bucket>

  /** @param capacity keys remembered at the same time */
  constructor(
    private readonly rate: Rate,
    capacity = 100_000,
  ) {
    this.buckets = new Generations(capacity)
  }

  /**
   * Takes tokens for a key.
   * @param events how many events the request holds
   * @param now a clock in milliseconds
   * @returns 0 when the request may pass, else after how many whole seconds it may try again
   */
  take(key: string, events: number, now: number): number {
    const bucket = this.buckets.get(key) ?? this.fresh(key, now)
    const gained = (Math.max(0, now - bucket.at) / 1000) * this.rate.perSecond
    bucket.tokens = Math.min(this.rate.burst, bucket.tokens + gained)
    bucket.at = now
    if (bucket.tokens < 1) return Math.ceil((1 - bucket.tokens) / this.rate.perSecond)
    bucket.tokens -= events
    return 0
  }

  private fresh(key: string, now: number): Bucket {
    const bucket = { tokens: this.rate.burst, at: now }
    this.buckets.set(key, bucket)
    return bucket
  }
}
