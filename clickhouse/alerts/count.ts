/** Counts what a rule needs to be judged at one instant, or at each step of a time in the past. */
import type { ClickHouse } from '../client.ts'
import {
  eventSpans,
  paymentSpans,
  playerSpans,
  QUARTER_MS,
  type Reach,
  rejectedSpans,
  subjectSpans,
} from '../queries/alert-counts.ts'
import { findings } from '../queries/anomalies.ts'
import { type Counted, DAY_MS, LOOKBACK_MS, MINUTE_MS, WEEK_MS } from './decide.ts'
import type { Definition, DefinitionOf, Metric } from './rule.ts'
import { type Series, type Span, seriesOf } from './series.ts'

const SLOT_MS = 5 * MINUTE_MS

/** How far apart a rule can be judged, in ms: players are known by quarter of an hour; the past by five minutes at least. */
export function stepOf(rule: Definition, past: boolean): number {
  if (rule.kind === 'threshold' || rule.kind === 'change') {
    if (ofPlayers(rule.metric)) return QUARTER_MS
  } else if (rule.kind === 'query') return rule.every_minutes * MINUTE_MS
  else if (rule.kind === 'broken_pixel' && rule.watches !== 'rejected' && past) return QUARTER_MS
  return past ? SLOT_MS : MINUTE_MS
}

const ofPlayers = ({ measure }: Metric) =>
  ['players', 'visit_to_registration', 'registration_to_deposit'].includes(measure)

interface Asked {
  readonly site_id: string
  /** First and last instant to judge at; the same for now. */
  readonly from: number
  readonly to: number
}

/** Asks a rule's statement for its number; of the past it can't be asked. */
export type AskStatement = (rule: DefinitionOf<'query'>) => Promise<number | null>

/** What `judge` needs from `from` to `to`. */
export async function count(
  clickhouse: ClickHouse,
  rule: Definition,
  asked: Asked,
  statement?: AskStatement,
): Promise<Counted> {
  const step = stepOf(rule, asked.from < asked.to)
  switch (rule.kind) {
    case 'anomaly':
      return { of: 'findings', findings: await found(clickhouse, rule, asked) }
    case 'silence': {
      const reaches = [LOOKBACK_MS, ...(rule.least > 0 ? [WEEK_MS + rule.minutes * MINUTE_MS] : [])]
      const [last = [], usual = []] = await Promise.all(
        reaches.map((back, index) =>
          eventSpans(
            clickhouse,
            {
              site_id: asked.site_id,
              from: asked.from - back,
              to: index === 0 ? asked.to : Math.min(asked.to - WEEK_MS, asked.from - LOOKBACK_MS),
            },
            rule,
            index === 0 && step === MINUTE_MS,
          ),
        ),
      )
      return { of: 'count', count: seriesOf([...usual, ...last]) }
    }
    case 'query':
      return { of: 'value', value: (await statement?.(rule)) ?? null }
    case 'broken_pixel':
      return pixel(clickhouse, rule, asked, step)
    case 'threshold': {
      const back = rule.metric.measure === 'freshness' ? LOOKBACK_MS : rule.window_minutes * MINUTE_MS
      return measure(clickhouse, rule, [{ ...asked, from: asked.from - back }], step)
    }
    case 'change': {
      const span = rule.window_minutes * MINUTE_MS
      if (rule.against === 'previous')
        return measure(clickhouse, rule, [{ ...asked, from: asked.from - 2 * span }], step)
      const now = { ...asked, from: asked.from - span }
      const before = { ...now, from: now.from - WEEK_MS, to: Math.min(asked.to - WEEK_MS, now.from) }
      return measure(clickhouse, rule, [now, before], step)
    }
  }
}

type Metered = Extract<Definition, { kind: 'threshold' | 'change' }>

/** The metric over each of the reaches; the first is the one that reaches now. */
async function measure(
  clickhouse: ClickHouse,
  { metric, filter }: Metered,
  reaches: readonly Reach[],
  step: number,
): Promise<Counted> {
  const all = async (read: (reach: Reach, fine: boolean) => Promise<Span[]>): Promise<Series> => {
    const parts = await Promise.all(
      reaches.map((reach, index) => read(reach, index === 0 && step === MINUTE_MS)),
    )
    return seriesOf(parts.flat())
  }
  const players = (event_type: string) => all((reach) => playerSpans(clickhouse, reach, event_type, filter))
  const ratio = async (of: string, by: string): Promise<Counted> => {
    const [count, base] = await Promise.all([players(of), players(by)])
    return { of: 'ratio', count, by: base }
  }
  const { event_type = '', reason = '' } = metric
  const payments = (currency: string) =>
    all((reach) => paymentSpans(clickhouse, reach, { event_type, currency }, filter, step))
  switch (metric.measure) {
    case 'events':
    case 'freshness':
      return {
        of: 'count',
        count: await all((reach, fine) => eventSpans(clickhouse, reach, { event_type, filter }, fine)),
      }
    case 'players':
      return { of: 'count', count: await players(event_type) }
    case 'payments':
      return { of: 'count', count: await payments('') }
    case 'amount':
      return { of: 'count', count: await payments(metric.currency ?? '') }
    case 'visit_to_registration':
      return ratio('registration', 'visit')
    case 'registration_to_deposit':
      return ratio('deposit', 'registration')
    case 'rejected':
      return { of: 'count', count: await all((reach) => rejectedSpans(clickhouse, reach, reason, step)) }
    case 'rejected_share':
      return share(clickhouse, reaches, reason, step)
  }
}

/** What was refused, of all that was sent. */
async function share(
  clickhouse: ClickHouse,
  reaches: readonly Reach[],
  reason: string,
  step: number,
): Promise<Counted> {
  const read = async (reach: Reach, index: number) => {
    const [refused, taken] = await Promise.all([
      rejectedSpans(clickhouse, reach, reason, step),
      eventSpans(clickhouse, reach, { filter: {} }, index === 0 && step === MINUTE_MS),
    ])
    return { refused: seriesOf(refused), taken: seriesOf(taken) }
  }
  const parts = await Promise.all(reaches.map(read))
  const sum = (of: (part: (typeof parts)[number]) => Series): Series => ({
    sum: (from, to) => parts.reduce((all, part) => all + of(part).sum(from, to), 0),
    lastBefore: () => undefined,
    first: undefined,
  })
  const refused = sum((part) => part.refused)
  const taken = sum((part) => part.taken)
  const by = { ...refused, sum: (from: number, to: number) => refused.sum(from, to) + taken.sum(from, to) }
  return { of: 'ratio', count: refused, by }
}

async function pixel(
  clickhouse: ClickHouse,
  rule: Extract<Definition, { kind: 'broken_pixel' }>,
  asked: Asked,
  step: number,
): Promise<Counted> {
  const span = rule.window_minutes * MINUTE_MS
  if (rule.watches === 'rejected') return share(clickhouse, [{ ...asked, from: asked.from - span }], '', step)
  const reach = { ...asked, from: asked.from - span - DAY_MS }
  if (step !== MINUTE_MS) return subjects(await subjectSpans(clickhouse, reach, rule.watches, step))
  const [now, before] = await Promise.all([
    // Of all of them: one that is left out would look as if it had stopped.
    subjectSpans(clickhouse, { ...asked, from: asked.to - span }, rule.watches, span, 1_000_000),
    subjectSpans(clickhouse, { ...reach, to: asked.to - span }, rule.watches, DAY_MS),
  ])
  for (const [subject, spans] of now) before.set(subject, [...(before.get(subject) ?? []), ...spans])
  return subjects(before)
}

function subjects(spans: ReadonlyMap<string, readonly Span[]>): Counted {
  const each = new Map([...spans].map(([subject, own]) => [subject, seriesOf(own)]))
  const all: Series = {
    sum: (from, to) => [...each.values()].reduce((sum, series) => sum + series.sum(from, to), 0),
    lastBefore: () => undefined,
    first: undefined,
  }
  return { of: 'subjects', subjects: each, all }
}

/** The findings of the kinds, type and banner a rule names. */
async function found(
  clickhouse: ClickHouse,
  rule: Extract<Definition, { kind: 'anomaly' }>,
  { site_id, from, to }: Asked,
) {
  const { event_type, banner_tag } = rule
  const rows = await findings(clickhouse, {
    site_id,
    state: 'all',
    kinds: rule.findings,
    from: from - DAY_MS,
    to: to + 1,
    ...(event_type ? { event_type } : {}),
    ...(banner_tag ? { banner_tag } : {}),
  })
  return rows
    .filter((finding) => finding.site_id === site_id)
    .map(({ kind, event_type: type, banner_tag: banner, opened_at, closed_at, seen, expected }) => ({
      subject: subjectOf(kind, type, banner),
      opened_at,
      closed_at,
      seen,
      expected,
    }))
}

/** A finding in words: `drop of registration, banner summer`. */
const subjectOf = (kind: string, event_type: string, banner_tag: string) =>
  [
    kind.replaceAll('_', ' '),
    event_type === '' ? '' : ` of ${event_type}`,
    banner_tag === '' ? '' : `, banner ${banner_tag}`,
  ].join('')
