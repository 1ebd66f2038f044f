/**
 * What a rule makes of what was counted, at one instant. Pure: the job asks it each minute about now, the preview about each instant of the
 * last 30 days.
 *
 * - Three answers and none: `breach`, `clear` (well, with the rule's margin), `between` (neither), `unknown` (too little to judge by, or
 *   nothing known). Only `breach` fires and only `clear` ends, so a value that trembles at its bound does neither.
 * - Rules about several things (banners, domains, findings) answer once for each that is not well.
 */
import type { Definition, DefinitionOf } from './rule.ts'
import type { Series } from './series.ts'

export type Outcome = 'breach' | 'between' | 'clear' | 'unknown'

export interface Verdict {
  /** Which of several; empty when the rule is about one thing. */
  readonly subject: string
  readonly outcome: Outcome
  /** What was measured; null when there was nothing to measure. */
  readonly value: number | null
  /** What it is compared with: the bound, or the earlier value; null when there is none. */
  readonly bound: number | null
}

/** What was counted, as far as a rule needs it. Instants are ms. */
export type Counted =
  /** A number of events, players, payments or an amount. */
  | { readonly of: 'count'; readonly count: Series }
  /** How many of one came of another. */
  | { readonly of: 'ratio'; readonly count: Series; readonly by: Series }
  | { readonly of: 'subjects'; readonly subjects: ReadonlyMap<string, Series>; readonly all: Series }
  | { readonly of: 'findings'; readonly findings: readonly FoundSpan[] }
  /** What a statement answers. */
  | { readonly of: 'value'; readonly value: number | null }

/** A finding of the job `anomalies`, and when it was known to be open. */
export interface FoundSpan {
  readonly subject: string
  readonly opened_at: number
  readonly closed_at: number | null
  readonly seen: number
  readonly expected: number
}

export const MINUTE_MS = 60_000
export const DAY_MS = 1_440 * MINUTE_MS
export const WEEK_MS = 7 * DAY_MS
/** How far back the last event is looked for; before it nothing is known. */
export const LOOKBACK_MS = 2 * DAY_MS

/** What the rule says at `at` of events before `at`. */
export function judge(rule: Definition, counted: Counted, at: number): Verdict[] {
  if (rule.kind === 'anomaly') return counted.of === 'findings' ? judgeFindings(counted.findings, at) : []
  if (rule.kind === 'silence') return counted.of === 'count' ? [judgeSilence(rule, counted.count, at)] : []
  if (rule.kind === 'broken_pixel') return judgePixel(rule, counted, at)
  if (rule.kind === 'query')
    return counted.of === 'value' ? [{ subject: '', ...againstBound(rule, counted.value) }] : []
  if (counted.of !== 'count' && counted.of !== 'ratio') return []
  if (rule.metric.measure === 'freshness')
    return rule.kind === 'threshold' ? [judgeFreshness(rule, counted.count, at)] : []
  const span = rule.window_minutes * MINUTE_MS
  const value = valueIn(counted, at - span, at, rule.least)
  if (rule.kind === 'threshold') return [{ subject: '', ...againstBound(rule, value) }]
  const shift = rule.against === 'previous' ? span : WEEK_MS
  const before = valueIn(counted, at - span - shift, at - shift, rule.least)
  return [{ subject: '', ...againstEarlier(rule, value, before, counted.of === 'ratio' ? 0 : rule.least) }]
}

/** The value in a window; null for a ratio with less than `least` below it. */
function valueIn(
  counted: Extract<Counted, { of: 'count' | 'ratio' }>,
  from: number,
  to: number,
  least: number,
) {
  const count = counted.count.sum(from, to)
  if (counted.of === 'count') return count
  const by = counted.by.sum(from, to)
  return by === 0 || by < least ? null : count / by
}

type Judged = Omit<Verdict, 'subject'>

type Bounded = Pick<DefinitionOf<'threshold'>, 'direction' | 'bound' | 'margin_percent'>

function againstBound(rule: Bounded, value: number | null): Judged {
  const { direction, bound, margin_percent } = rule
  if (value === null) return { outcome: 'unknown', value, bound }
  const margin = (Math.abs(bound) * margin_percent) / 100
  if (direction === 'above') {
    if (value > bound) return { outcome: 'breach', value, bound }
    return { outcome: value <= bound - margin ? 'clear' : 'between', value, bound }
  }
  if (value < bound) return { outcome: 'breach', value, bound }
  return { outcome: value >= bound + margin ? 'clear' : 'between', value, bound }
}

function againstEarlier(
  rule: DefinitionOf<'change'>,
  value: number | null,
  before: number | null,
  least: number,
): Judged {
  if (value === null || before === null || before === 0 || before < least)
    return { outcome: 'unknown', value, bound: before }
  const change = ((value - before) / before) * 100 * (rule.direction === 'up' ? 1 : -1)
  if (change >= rule.percent) return { outcome: 'breach', value, bound: before }
  const wellAt = rule.percent * (1 - rule.margin_percent / 100)
  return { outcome: change <= wellAt ? 'clear' : 'between', value, bound: before }
}

const minutesSince = (series: Series, at: number) => {
  const last = series.lastBefore(at)
  return last === undefined || at - last > LOOKBACK_MS ? undefined : (at - last) / MINUTE_MS
}

function judgeFreshness(rule: DefinitionOf<'threshold'>, events: Series, at: number): Verdict {
  return { subject: '', ...againstBound(rule, minutesSince(events, at) ?? null) }
}

/** Silent for long enough, at a time that had enough events a week before. */
function judgeSilence(rule: DefinitionOf<'silence'>, events: Series, at: number): Verdict {
  const { minutes: bound, least } = rule
  const value = minutesSince(events, at)
  if (value === undefined) return { subject: '', outcome: 'unknown', value: null, bound }
  if (value < bound) return { subject: '', outcome: 'clear', value, bound }
  const usual = events.sum(at - WEEK_MS - bound * MINUTE_MS, at - WEEK_MS)
  return { subject: '', outcome: usual >= least ? 'breach' : 'unknown', value, bound }
}

function judgePixel(rule: DefinitionOf<'broken_pixel'>, counted: Counted, at: number): Verdict[] {
  const from = at - rule.window_minutes * MINUTE_MS
  if (counted.of === 'ratio') {
    const bound = rule.percent / 100
    const value = valueIn(counted, from, at, rule.least)
    const outcome = value === null ? 'unknown' : value > bound ? 'breach' : 'clear'
    return [{ subject: '', outcome, value, bound }]
  }
  if (counted.of !== 'subjects') return []
  const others = counted.all.sum(from, at)
  const othersBefore = counted.all.sum(from - DAY_MS, from)
  return [...counted.subjects].flatMap(([subject, series]) => {
    const value = series.sum(from, at)
    if (value > 0) return []
    // Its share of the day before, of what came in the window: while the others pause too, nothing is expected of it.
    const share = othersBefore === 0 ? 0 : series.sum(from - DAY_MS, from) / othersBefore
    const rest = others / Math.max(1 - share, 0.01)
    const expected = share * rest
    if (share === 0) return []
    // At night less is expected than would tell: that ends nothing.
    const outcome = expected >= Math.max(rule.least, 1) ? 'breach' : 'between'
    return [{ subject, outcome, value, bound: expected } as const]
  })
}

function judgeFindings(findings: readonly FoundSpan[], at: number): Verdict[] {
  return findings
    .filter(({ opened_at, closed_at }) => opened_at <= at && (closed_at === null || closed_at > at))
    .map(({ subject, seen, expected }) => ({ subject, outcome: 'breach', value: seen, bound: expected }))
}
