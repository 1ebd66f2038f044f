/**
 * From verdicts to alerts: an episode of a rule and a subject begins with the first breach, fires when that has held for long enough, and
 * is over when it has been well for long enough. Pure.
 *
 * - One row is state and history at once, so a run that is killed leaves either the state before it or the one after.
 * - An episode's identity follows from the rule, the subject and its number: whoever finds the same begins the same episode.
 */
import type { Verdict } from './decide.ts'
import type { Definition } from './rule.ts'

/** An episode; instants in ms. */
export interface Episode {
  readonly alert_id: string
  readonly rule_id: string
  readonly subject: string
  readonly sequence: number
  readonly status: 'pending' | 'passed' | 'firing' | 'recovering' | 'resolved'
  readonly since: number
  readonly opened_at: number | null
  readonly well_since: number | null
  readonly resolved_at: number | null
  readonly resolved_by: '' | 'recovered' | 'paused' | 'deleted'
  readonly value: number | null
  readonly bound: number | null
  readonly judged_at: number
  readonly version: number
}

/** What has to hold for how long. */
type Held = Pick<Definition, 'for_minutes' | 'recover_minutes'>

const MINUTE_MS = 60_000

export const isOver = ({ status }: Pick<Episode, 'status'>) => status === 'passed' || status === 'resolved'
export const isFiring = ({ status }: Pick<Episode, 'status'>) =>
  status === 'firing' || status === 'recovering'

/**
 * The episodes of a rule after its verdicts at an instant.
 * @param latest the last episode of each subject that ever had one
 * @param at the instant the verdicts are about; one that was judged already changes nothing
 * @returns the episodes that are new or changed
 */
export function follow(
  rule: Held & { readonly rule_id: string },
  latest: ReadonlyMap<string, Episode>,
  verdicts: readonly Verdict[],
  at: number,
): Episode[] {
  const bySubject = new Map(verdicts.map((verdict) => [verdict.subject, verdict]))
  const open = [...latest.values()].filter((episode) => !isOver(episode)).map(({ subject }) => subject)
  const subjects = new Set([...bySubject.keys(), ...open])
  return [...subjects].flatMap((subject) => {
    // What is not told of is well.
    const verdict = bySubject.get(subject) ?? { subject, outcome: 'clear', value: null, bound: null }
    const before = latest.get(subject)
    if (before && before.judged_at >= at) return []
    const after =
      before && !isOver(before) ? goOn(rule, before, verdict, at) : begin(rule, before, verdict, at)
    return after ? [after] : []
  })
}

function begin(
  rule: Held & { readonly rule_id: string },
  before: Episode | undefined,
  { subject, outcome, value, bound }: Verdict,
  at: number,
): Episode | undefined {
  if (outcome !== 'breach') return undefined
  const sequence = (before?.sequence ?? 0) + 1
  const fires = rule.for_minutes === 0
  return {
    alert_id: alertId(rule.rule_id, subject, sequence),
    rule_id: rule.rule_id,
    subject,
    sequence,
    status: fires ? 'firing' : 'pending',
    since: at,
    opened_at: fires ? at : null,
    well_since: null,
    resolved_at: null,
    resolved_by: '',
    value,
    bound,
    judged_at: at,
    version: 1,
  }
}

/** @returns undefined when nothing changed */
function goOn(rule: Held, episode: Episode, verdict: Verdict, at: number): Episode | undefined {
  const { outcome, value, bound } = verdict
  const next = { ...episode, judged_at: at, version: episode.version + 1 }
  if (episode.status === 'pending') {
    if (outcome !== 'breach') return { ...next, status: 'passed' }
    if (at - episode.since < rule.for_minutes * MINUTE_MS) return undefined
    return { ...next, status: 'firing', opened_at: at, value, bound }
  }
  if (outcome === 'clear') {
    const wellSince = episode.well_since ?? at
    if (at - wellSince >= rule.recover_minutes * MINUTE_MS)
      return {
        ...next,
        status: 'resolved',
        well_since: wellSince,
        resolved_at: at,
        resolved_by: 'recovered',
      }
    return episode.status === 'recovering'
      ? undefined
      : { ...next, status: 'recovering', well_since: wellSince }
  }
  // Not knowing is no relapse; being between is.
  if (episode.status === 'firing' || outcome === 'unknown') return undefined
  return { ...next, status: 'firing', well_since: null }
}

/** An open episode as it ends with its rule. */
export function end(episode: Episode, by: 'paused' | 'deleted', at: number): Episode {
  const next = { ...episode, judged_at: at, version: episode.version + 1 }
  if (episode.status === 'pending') return { ...next, status: 'passed' }
  return { ...next, status: 'resolved', resolved_at: at, resolved_by: by }
}

const alertId = (rule_id: string, subject: string, sequence: number) =>
  uuidOf(['alert', rule_id, subject, sequence])

/** A UUID that follows from what it names. */
export function uuidOf(name: readonly unknown[]): string {
  const hex = new Bun.CryptoHasher('sha256').update(JSON.stringify(name)).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
