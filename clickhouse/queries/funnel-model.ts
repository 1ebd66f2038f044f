/** What a funnel must say, recomputed in plain TypeScript from the distinct events, one attempt after the other. For tests. */
import type { Event } from '@rtpx/kafka/event'
import { ANY_EVENT, type EventCondition, type EventFilter } from './event-conditions.ts'
import type { FunnelQuestion } from './funnel-attempts.ts'
import type { FunnelNumbers } from './funnels.ts'

export interface Attempt {
  readonly person: string
  readonly entry: Event
  readonly times: readonly number[]
}

/** Who owns each visitor: the first player named together with it, by time, then by id. */
export function ownersOf(events: readonly Event[]): Map<string, string> {
  const named = events.filter(({ player_id, visitor_id }) => player_id && visitor_id)
  const order = (a: Event, b: Event) => a.occurred_at - b.occurred_at || compare(a.player_id, b.player_id)
  return new Map(
    [...named].sort((a, b) => order(b, a)).map((event) => [event.visitor_id ?? '', event.player_id ?? '']),
  )
}

const compare = (a = '', b = '') => (a < b ? -1 : Number(a > b))

/** @param hashOf orders events that differ in the breakdown's value alone */
export function modelAttempts(
  events: readonly Event[],
  question: FunnelQuestion,
  hashOf: (event: Event) => bigint,
): Attempt[] {
  const owners = ownersOf(events)
  const persons = Map.groupBy(events, ({ player_id, visitor_id = '' }) =>
    player_id
      ? `p ${player_id}`
      : owners.has(visitor_id)
        ? `p ${owners.get(visitor_id)}`
        : visitor_id && `v ${visitor_id}`,
  )
  const stepsOf = (event: Event) => question.steps.flatMap((step, at) => (holds(step, event) ? [at] : []))
  const types = question.steps.map(({ event_type }) => event_type)
  const relevant = (event: Event) =>
    (question.with_bots || !event.is_bot) &&
    (question.banner_prefixes?.some((prefix) => event.banner_tag?.startsWith(prefix)) ?? true) &&
    (question.order === 'loose'
      ? stepsOf(event).length > 0
      : types.includes(ANY_EVENT) || types.includes(event.event_type))
  const isEntry = (event: Event) =>
    stepsOf(event)[0] === 0 && event.event_date >= question.from && event.event_date <= question.to
  const places = (event: Event) => stepsOf(event).filter((at) => at > 0 || isEntry(event))

  return [...persons].flatMap(([person, own]) => {
    if (person === '') return []
    const order = (event: Event) => {
      const at = places(event)
      return [event.occurred_at, (at[0] ?? -1) + 1, at.reduce((sum, place) => sum + 2 ** place, 0)] as const
    }
    const sorted = own
      .filter((event) => relevant(event) && event.event_date >= question.from)
      .map((event) => ({ event, key: order(event), hash: isEntry(event) ? hashOf(event) : 0n }))
      .sort(
        (a, b) =>
          a.key[0] - b.key[0] ||
          a.key[1] - b.key[1] ||
          a.key[2] - b.key[2] ||
          Number(a.hash - b.hash > 0n) - Number(a.hash - b.hash < 0n),
      )
      .map(({ event }) => event)
    const attempts = sorted.flatMap((entry, index) => {
      if (!isEntry(entry)) return []
      const times = [entry.occurred_at]
      let last = index
      while (times.length < question.steps.length) {
        const after = sorted.findIndex((event, at) => at > last && places(event).includes(times.length))
        const found = sorted[after]
        if (!found || (question.order === 'strict' && after !== last + 1)) break
        if (found.occurred_at - entry.occurred_at > question.window_ms) break
        times.push(found.occurred_at)
        last = after
      }
      return [{ person, entry, times }]
    })
    const furthest = Math.max(...attempts.map(({ times }) => times.length))
    return attempts.filter(({ times }) => times.length === furthest).slice(0, 1)
  })
}

export function modelNumbers(
  attempts: readonly Attempt[],
  question: FunnelQuestion,
  now: number,
): FunnelNumbers {
  const steps = question.steps.length
  const done = (step: number) => attempts.filter(({ times }) => times.length >= step)
  const between = (from: number, to: number) =>
    done(to)
      .map(({ times }) => (times[to - 1] ?? 0) - (times[from - 1] ?? 0))
      .sort((a, b) => a - b)
  const quantile = (sorted: readonly number[], level: number) =>
    sorted[Math.floor(level * sorted.length)] ?? 0
  const pairs = Array.from({ length: steps - 1 }, (_, at) => between(at + 1, at + 2))
  return {
    people: Array.from({ length: steps }, (_, at) => done(at + 1).length),
    median_ms: pairs.map((times) => quantile(times, 0.5)),
    p90_ms: pairs.map((times) => quantile(times, 0.9)),
    total_median_ms: quantile(between(1, steps), 0.5),
    total_p90_ms: quantile(between(1, steps), 0.9),
    waiting: attempts.filter(
      ({ times }) => times.length < steps && (times[0] ?? 0) + question.window_ms > now,
    ).length,
  }
}

const holds = ({ event_type, filters }: EventCondition, event: Event) =>
  (event_type === ANY_EVENT || event.event_type === event_type) &&
  filters.every((filter) => passes(filter, event))

function passes({ field, operator, values }: EventFilter, event: Event): boolean {
  const text = fieldOf(field, event)
  const glob = (pattern: string) =>
    new RegExp(
      `^${pattern
        .split('*')
        .map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'))
        .join('.*')}$`,
      's',
    )
  const number = (of: (value: number) => boolean) => (value: string) =>
    text !== '' && Number.isFinite(Number(text)) && of(Number(value))
  const of = {
    is: (value: string) => text === value,
    contains: (value: string) => text.includes(value),
    starts_with: (value: string) => text.startsWith(value),
    ends_with: (value: string) => text.endsWith(value),
    matches: (value: string) => glob(value).test(text),
    at_least: number((value) => Number(text) >= value),
    at_most: number((value) => Number(text) <= value),
  }
  if (operator === 'is_not') return !values.some(of.is)
  if (operator === 'not_contains') return !values.some(of.contains)
  if (operator === 'not_matches') return !values.some(of.matches)
  return values.some(of[operator])
}

function fieldOf(field: EventFilter['field'], event: Event): string {
  if (field === 'path') return (event.path ?? '').split(/[?#]/)[0] ?? ''
  if (field === 'referrer_host') return URL.parse(event.referrer ?? '')?.hostname ?? ''
  if (field.startsWith('utm_')) return new URLSearchParams(event.path?.split('?')[1] ?? '').get(field) ?? ''
  if (!field.startsWith('metadata.')) return String(event[field as keyof Event] ?? '')
  let value: unknown = JSON.parse(event.metadata || '{}')
  for (const key of field.split('.').slice(1)) value = (value as Record<string, unknown> | undefined)?.[key]
  return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value)
}
