/**
 * Replays an access log through an edge and accounts for every line: accepted, rejected by a code, undelivered or
 * unreadable. What it needs of the outside (clock, delivery, reports) is passed in.
 */
import { type PageView, type PageViewOptions, pageViews } from './access-log/page-views.ts'
import type { Clock } from './clock.ts'
import { atOnce } from './delivery/at-once.ts'
import { cutBatches } from './delivery/batches.ts'
import type { Verdict } from './delivery/deliver.ts'
import { BATCHES_AT_ONCE, MAX_BATCH_BYTES, MAX_BATCH_EVENTS } from './delivery/limits.ts'
import { Tally } from './delivery/tally.ts'

/** So many unreadable lines are named. */
const NAMED = 10

export interface ReplayOptions {
  readonly path: string
  readonly events: Omit<PageViewOptions, 'onUnreadable'>
  /** Multiple of the log's own time; Infinity for as fast as the edge takes it. */
  readonly speed: number
  /** The log's earliest time, where a paced replay begins; milliseconds since 1970. */
  readonly earliest: number
  readonly clock: Clock
  readonly deliver: (lines: readonly string[]) => Promise<Verdict>
  /** Told how many lines are through. */
  readonly onProgress: (lines: number) => void
}

export interface ReplayResult {
  readonly tally: Tally
  readonly unreadable: { count: number; readonly named: { line: number; reason: string }[] }
  readonly seconds: number
  /** Why it ended early. */
  readonly failure: unknown
}

/** Never rejects: a failure is part of the result, beside what was done until then. */
export async function replayLog(options: ReplayOptions): Promise<ReplayResult> {
  const { clock, speed, deliver } = options
  const tally = new Tally()
  const unreadable: ReplayResult['unreadable'] = { count: 0, named: [] }
  const started = clock.steady()
  const progress = () => options.onProgress(tally.events + unreadable.count)
  const views = pageViews(options.path, {
    ...options.events,
    onUnreadable: (line, reason) => {
      unreadable.count += 1
      if (unreadable.named.length < NAMED) unreadable.named.push({ line, reason })
    },
  })
  const batches = cutBatches(views, {
    maxEvents: MAX_BATCH_EVENTS,
    maxBytes: MAX_BATCH_BYTES,
    dueInMs: ({ loggedAt }: PageView) => (loggedAt - options.earliest) / speed - (clock.steady() - started),
    sleep: clock.sleep,
  })
  let failure: unknown
  try {
    await atOnce(batches, BATCHES_AT_ONCE, async (batch) => {
      try {
        tally.add(await deliver(batch.map(({ json }) => json)), (index) => `line ${batch[index]?.line}`)
      } catch (error) {
        tally.undelivered += batch.length
        throw error
      }
      progress()
    })
  } catch (error) {
    failure = error
  }
  progress()
  return { tally, unreadable, seconds: (clock.steady() - started) / 1000, failure }
}
