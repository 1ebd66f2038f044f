/** Whether anything arrives at all, and whether rtpx itself was running. Pure. */
import type { Finding } from '@rtpx/clickhouse/queries/anomalies'
import { findingId } from './finding.ts'
import { scoreOf, thresholdFor } from './score.ts'

const MINUTE_MS = 60_000
const SPREAD = 0.02
/** A busy install without an event for a few seconds is no news. */
const QUIET_MS = 2 * MINUTE_MS
/** A pause of the job that may be a restart of everything. */
const PAUSE_MS = 10 * MINUTE_MS
const KEY = { site_id: '', event_type: '', banner_tag: '' }

export interface Expected {
  readonly events: number
  /** The same in clusters, each of which comes alone. */
  readonly clusters: number
}

export interface Ingestion {
  /** The clock, milliseconds since 1970. */
  readonly now: number
  /** When the edge took the newest event of any site; milliseconds since 1970. */
  readonly newest: number
  /** What is expected of all sites in [from, to), milliseconds since 1970. */
  expected(from: number, to: number): Expected
  /** The latest finding about all sites. */
  readonly latest: Finding | undefined
}

/**
 * Without an event of any site for longer than chance allows, ingestion has stopped: one finding, and no site is judged until
 * what arrives is recent again. @returns the finding that opened, went on or closed
 */
export function decideIngestion(ingestion: Ingestion): Finding | undefined {
  const { now, newest, latest } = ingestion
  const open = latest?.closed_at === null ? latest : undefined
  // While open, nothing has to arrive in a thin minute; when closed, the pause since the last finding is explained.
  const from = Math.max(newest, open ? 0 : (latest?.closed_at ?? 0))
  const expected = ingestion.expected(from, now)
  const score = scoreOfNone(expected)
  const threshold = thresholdFor(1)
  if (open) {
    const isRecent = now - newest < QUIET_MS || score < threshold / 2
    const hasReturned = newest > open.since && isRecent
    if (hasReturned) return { ...open, updated_at: now, closed_at: now }
    const all = ingestion.expected(Math.max(open.since, now - 86_400_000), now)
    return { ...open, updated_at: now, expected: all.events, score: Math.max(open.score, score) }
  }
  if (score < threshold || now - from < QUIET_MS) return undefined
  const minutes = Math.round((now - from) / MINUTE_MS)
  return made('ingestion_stopped', latest, {
    since: from,
    opened_at: now,
    closed_at: null,
    expected: expected.events,
    score,
    threshold,
    judged: `no event of any site has arrived for ${minutes} minutes; ${Math.round(expected.events)} were expected`,
  })
}

/**
 * A hole in the traffic of all sites that began when the job last ran means that rtpx was not running: noted, not judged.
 * @param lastRun when the job last ran; 0 never. @param firstAfter when the first event after it happened; milliseconds since 1970
 */
export function decideNotRunning(
  { now, expected, latest }: Pick<Ingestion, 'now' | 'expected' | 'latest'>,
  lastRun: number,
  firstAfter: number | undefined,
): Finding | undefined {
  const until = Math.min(firstAfter ?? now, now)
  if (lastRun === 0 || now - lastRun < PAUSE_MS || until - lastRun < PAUSE_MS) return undefined
  if (latest?.closed_at === null) return undefined
  const missed = expected(lastRun, until)
  const score = scoreOfNone(missed)
  if (score < thresholdFor(1)) return undefined
  return made('not_running', latest, {
    since: lastRun,
    opened_at: now,
    closed_at: until,
    expected: missed.events,
    score,
    threshold: thresholdFor(1),
    judged: 'rtpx was not running: no job ran and no event of any site arrived; not judged',
  })
}

const scoreOfNone = ({ clusters }: Expected) => (clusters > 0 ? scoreOf(0, clusters, SPREAD) : 0)

function made(
  kind: string,
  previous: Finding | undefined,
  rest: Pick<Finding, 'since' | 'opened_at' | 'closed_at' | 'expected' | 'score' | 'threshold' | 'judged'>,
): Finding {
  return { finding_id: findingId(KEY, previous), kind, ...KEY, ...rest, updated_at: rest.opened_at, seen: 0 }
}
