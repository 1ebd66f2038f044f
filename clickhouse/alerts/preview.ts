/** When a rule would have fired: the job's own decisions over what was counted in the past. */
import type { ClickHouse } from '../client.ts'
import { type AskStatement, count, stepOf } from './count.ts'
import { type Counted, DAY_MS, judge, MINUTE_MS, type Verdict } from './decide.ts'
import { type Episode, follow, isFiring } from './episodes.ts'
import type { Definition } from './rule.ts'

/** An alert there would have been. Instants in ms. */
export interface WouldBe {
  readonly subject: string
  readonly opened_at: number
  /** null: it would still be firing. */
  readonly resolved_at: number | null
  readonly value: number | null
  readonly bound: number | null
}

export interface Preview {
  readonly from: number
  readonly to: number
  /** The first instant judged: `from`, or when the first event was known; a rule on a site that has just begun is no alarm. */
  readonly judged_from: number
  /** How far apart the past was judged. */
  readonly step_minutes: number
  readonly alerts: readonly WouldBe[]
  /** Alerts beyond those listed. */
  readonly more: number
  /** The measured value over time, where there is one; each point is the extreme of its stretch towards the bound. */
  readonly points: readonly { readonly at: number; readonly value: number | null }[]
  /** The bound, where it is the same throughout. */
  readonly bound: number | null
  /** How the rule stands now. */
  readonly now: Verdict | undefined
}

const DAYS = 30
const MAX_POINTS = 360
const MAX_ALERTS = 200

/**
 * @param now ms
 * @param statement asks a rule's statement, about now alone: what it would have answered earlier nobody knows
 */
export async function previewRule(
  clickhouse: ClickHouse,
  site_id: string,
  rule: Definition,
  now: number,
  statement?: AskStatement,
): Promise<Preview> {
  if (rule.kind === 'query') {
    const span = { from: now, to: now, step: stepOf(rule, true) }
    return replay(rule, await count(clickhouse, rule, { site_id, from: now, to: now }, statement), span)
  }
  const step = stepOf(rule, true)
  const to = Math.floor(now / step) * step
  const from = to - DAYS * DAY_MS
  return replay(rule, await count(clickhouse, rule, { site_id, from, to }), { from, to, step })
}

/** The rule at each step, one after the other. Pure. */
export function replay(
  rule: Definition,
  counted: Counted,
  { from, to, step }: { readonly from: number; readonly to: number; readonly step: number },
): Preview {
  const latest = new Map<string, Episode>()
  const fired: Episode[] = []
  const values: { at: number; value: number | null }[] = []
  let last: Verdict | undefined
  const judgedFrom = beginning(rule, counted, { from, step })
  for (let at = judgedFrom; at <= to; at += step) {
    const verdicts = judge(rule, counted, at)
    for (const episode of follow({ ...rule, rule_id: '' }, latest, verdicts, at)) {
      latest.set(episode.subject, episode)
      if (episode.status === 'resolved') fired.push(episode)
    }
    last = verdicts[0]
    values.push({ at, value: isSingle(rule) ? (last?.value ?? null) : verdicts.filter(breaks).length })
  }
  fired.push(...[...latest.values()].filter(isFiring))
  const alerts = fired
    .map(({ subject, opened_at, resolved_at, value, bound }) => ({
      subject,
      opened_at: opened_at ?? 0,
      resolved_at,
      value,
      bound,
    }))
    .sort((a, b) => a.opened_at - b.opened_at)
  return {
    from,
    to,
    judged_from: judgedFrom,
    step_minutes: step / MINUTE_MS,
    alerts: alerts.slice(-MAX_ALERTS),
    more: Math.max(0, alerts.length - MAX_ALERTS),
    points: thinned(values, isLow(rule)),
    bound: boundOf(rule),
    now: last,
  }
}

/** The first instant whose whole window lies after the first event. */
function beginning(
  rule: Definition,
  counted: Counted,
  { from, step }: { readonly from: number; readonly step: number },
): number {
  const first =
    counted.of === 'count' ? counted.count.first : counted.of === 'ratio' ? counted.by.first : undefined
  if (first === undefined || !('window_minutes' in rule)) return from
  const known = Math.ceil((first + rule.window_minutes * MINUTE_MS) / step) * step
  return Math.max(from, known)
}

const breaks = ({ outcome }: Verdict) => outcome === 'breach'
/** Whether a rule is about one thing, whose value can be drawn; else the number of things that are not well is. */
const isSingle = (rule: Definition) =>
  rule.kind !== 'anomaly' && !(rule.kind === 'broken_pixel' && rule.watches !== 'rejected')
const isLow = (rule: Definition) => 'direction' in rule && ['below', 'down'].includes(rule.direction)

function boundOf(rule: Definition): number | null {
  if (rule.kind === 'threshold' || rule.kind === 'query') return rule.bound
  if (rule.kind === 'silence') return rule.minutes
  return rule.kind === 'broken_pixel' && rule.watches === 'rejected' ? rule.percent / 100 : null
}

/** At most so many points: of each stretch the value that is nearest to firing. */
function thinned(values: readonly { at: number; value: number | null }[], isLow: boolean) {
  const size = Math.max(1, Math.ceil(values.length / MAX_POINTS))
  const points: { at: number; value: number | null }[] = []
  for (let start = 0; start < values.length; start += size) {
    const stretch = values.slice(start, start + size)
    const known = stretch.flatMap(({ value }) => (value === null ? [] : [value]))
    const value = known.length === 0 ? null : isLow ? Math.min(...known) : Math.max(...known)
    points.push({ at: stretch[0]?.at ?? 0, value })
  }
  return points
}
