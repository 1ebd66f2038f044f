/**
 * Whether one series is as expected at a minute. Pure.
 *
 * - Looks at the last 4, 15, 60, 240 and 1,440 minutes, and at the time since the last event: a busy series is judged on
 *   minutes, a thin one on hours, each as soon as chance no longer explains it (`score.ts`).
 * - A finding is also an effect: at most half of what is expected, or at least 1.7 times; and sudden: against the two hours before
 *   the window as well, so that a campaign that ends gently, or a slow riser, is none.
 * - What the expectation itself may be wrong by (few weeks, few events behind it) widens the dispersion.
 *
 * Minutes until a type is found that stops, falls to a third or doubles, by the events a minute it normally has (four weeks of
 * history, good and bad days of 8 %, the median of five runs; "–": less than three of five within a day, when it becomes usual):
 *
 *   events a minute   0.05   0.1   0.25   0.5    1    2    3    4    5   10   30   100
 *   stops              517   261     93    40   23   10    8    5    5    2    2     2
 *   falls to a third     –     –      –     –  186   55   57   49   35   15    6     4
 *   doubles              –     –      –     –    –   55   58   59   19   16   14     5
 *
 * So five minutes hold for a stop from about five events a minute on. Clustered events (page views) count as the sessions they
 * come in. Twice as many, or half, is found slowly or not at all where days differ much anyway.
 */
import { eventsBehind } from './forecast.ts'
import { scoreOf } from './score.ts'

/** One series around now; minutes are whole, since 1970. */
export interface Timeline {
  /** Events in [from, to). */
  seen(from: number, to: number): number
  /** Events expected in [from, to). */
  expected(from: number, to: number): number
  /** The last minute before `to` with an event; undefined when none is known. */
  lastSeen(to: number): number | undefined
  /** The first minute from which on something is expected without interruption. */
  readonly knownSince: number
  readonly dispersion: number
  /** Events that tell as much as one that comes alone. */
  readonly clustering: number
  readonly level: number
  readonly weeks: number
}

export interface Verdict {
  readonly direction: 'drop' | 'spike'
  /** First minute of the window that tells most. */
  readonly from: number
  readonly expected: number
  readonly seen: number
  readonly score: number
  /** The dispersion it was scored with. */
  readonly spread: number
}

/** Minutes of the windows; the last also bounds how far back anything is looked at. */
export const WINDOWS = [4, 15, 60, 240, 1_440] as const
export const LONGEST = 1_440
/** Even on the busiest series one minute is a hiccup. */
const SHORTEST = 2
const BEFORE_MINUTES = 120
/** So many events count as much as the belief that the time before was as expected. */
const BEFORE_PRIOR = 5
const DROP_TO = 0.5
const SPIKE_TO = 1.7
const SPIKE_EXPECTS = 5
/** A series at less than this part of what was usual has ended. */
const ENDED = 0.1

/**
 * @param to the first minute that is not over
 * @param explainedUntil minutes before this are not looked at: another finding explains them
 * @returns the strongest deviation that reaches the threshold
 */
export function judge(
  series: Timeline,
  to: number,
  explainedUntil: number,
  threshold: number,
): Verdict | undefined {
  const notBefore = Math.max(explainedUntil, series.knownSince)
  const last = series.lastSeen(to)
  const starts = WINDOWS.map((minutes) => Math.max(to - minutes, notBefore))
  if (last !== undefined) starts.push(Math.max(last + 1, notBefore))
  let strongest: Verdict | undefined
  for (const from of starts) {
    const verdict = to - from >= SHORTEST ? judgeWindow(series, from, to, notBefore) : undefined
    if (verdict && verdict.score >= threshold && verdict.score > (strongest?.score ?? 0)) strongest = verdict
  }
  return strongest
}

function judgeWindow(series: Timeline, from: number, to: number, notBefore: number): Verdict | undefined {
  const seen = series.seen(from, to)
  const expected = series.expected(from, to)
  const lowest = expected * DROP_TO
  if (seen > lowest && seen < expected * SPIKE_TO) return undefined
  const before = ratioBefore(series, from, notBefore)
  if (seen <= lowest) {
    const sudden = expected * Math.min(1, before)
    // What was nearly gone before has ended, not broken.
    if (series.level * before < ENDED || sudden === 0 || seen > sudden * DROP_TO) return undefined
    return { direction: 'drop', from, expected, seen, ...scored(series, from, to, sudden) }
  }
  const sudden = expected * Math.max(1, before)
  if (sudden < SPIKE_EXPECTS * series.clustering || seen < sudden * SPIKE_TO) return undefined
  return { direction: 'spike', from, expected, seen, ...scored(series, from, to, sudden) }
}

function scored(series: Timeline, from: number, to: number, expected: number) {
  const spread = spreadOf(series, from, to)
  return { score: scoreIn(series, series.seen(from, to), expected, spread), spread }
}

/** The score of a count of this series: clusters, not events, are independent. */
export function scoreIn({ clustering }: Timeline, seen: number, expected: number, spread: number): number {
  return scoreOf(seen / clustering, expected / clustering, spread)
}

/** How the two hours before a window compare with what was expected of them. */
function ratioBefore(series: Timeline, from: number, notBefore: number): number {
  const start = Math.max(from - BEFORE_MINUTES, notBefore)
  if (start >= from) return 1
  return (series.seen(start, from) + BEFORE_PRIOR) / (series.expected(start, from) + BEFORE_PRIOR)
}

/** The dispersion for a window: of the traffic, of the expectation's shape and of its level. */
export function spreadOf(series: Timeline, from: number, to: number): number {
  const minutes = to - from
  const usual = series.expected(from, to) / series.level / series.clustering
  const behind = eventsBehind(usual, minutes, series.weeks, series.clustering)
  const ofLevel = 0.5 / (series.expected(to - LONGEST, to) + 20)
  return series.dispersion * (1 + 1 / series.weeks) + 1 / behind + ofLevel
}

/** How much better "as expected again" must explain a window than "as broken as so far"; Wald's sequential test. */
const OVER_SCORE = 8
/** A source that still lets through less than this part is taken to let through this part. */
const LEAST_PART = 0.05

/**
 * Whether a deviation is over: a window is near what is expected and chance does not explain it if it were as broken as the time
 * before it; or nothing is expected any more. @param since the deviation's first minute
 */
export function isOver(
  series: Timeline,
  { direction, since }: { direction: Verdict['direction']; since: number },
  to: number,
): boolean {
  for (const minutes of WINDOWS) {
    const from = to - minutes
    const expected = series.expected(from, to)
    const ratio = series.seen(from, to) / expected
    if (from <= since || expected < 2 || (direction === 'drop' ? ratio < 0.7 : ratio > 1.4)) continue
    const part = series.seen(since, from) / Math.max(series.expected(since, from), 1e-9)
    const broken = expected * Math.max(LEAST_PART, part)
    if (scoreIn(series, series.seen(from, to), broken, series.dispersion) >= OVER_SCORE) return true
  }
  return series.expected(to - LONGEST, to) < 5
}
