/**
 * A rule while it is being written: one flat set of fields for all kinds, so that changing the kind loses nothing, and the definition that
 * they make. Pure.
 */
import type { Definition, Filter, Measure } from '@rtpx/clickhouse/alerts/rule'

export interface Draft {
  name: string
  kind: Definition['kind']
  measure: Measure
  event_type: string
  currency: string
  reason: string
  banner_tag: string
  banner_prefix: string
  domain: string
  country: string
  device: string
  window_minutes: number
  direction: 'above' | 'below'
  bound: number
  against: 'previous' | 'last_week'
  turn: 'up' | 'down'
  percent: number
  watches: 'rejected' | 'banner' | 'domain'
  share: number
  findings: string[]
  minutes: number
  query_id: string
  query_name: string
  reads: 'number' | 'rows'
  every_minutes: number
  least: number
  margin_percent: number
  for_minutes: number
  recover_minutes: number
  channels: string[]
  in_browser: boolean
  enabled: boolean
}

export const MEASURE_NAMES: readonly (readonly [Measure, string])[] = [
  ['events', 'Events'],
  ['players', 'Players, once a day'],
  ['payments', 'Payments'],
  ['amount', 'Amount of payments'],
  ['visit_to_registration', 'Visit → registration'],
  ['registration_to_deposit', 'Deposits per registration'],
  ['rejected', 'Rejected events'],
  ['rejected_share', 'Share of events rejected'],
  ['freshness', 'Minutes since the last event'],
]

export const isRate = (measure: Measure) =>
  ['visit_to_registration', 'registration_to_deposit', 'rejected_share'].includes(measure)

/** What a new rule begins with. */
export const emptyDraft = (): Draft => ({
  name: '',
  kind: 'threshold',
  measure: 'events',
  event_type: '',
  currency: '',
  reason: '',
  banner_tag: '',
  banner_prefix: '',
  domain: '',
  country: '',
  device: '',
  window_minutes: 60,
  direction: 'below',
  bound: 10,
  against: 'last_week',
  turn: 'down',
  percent: 50,
  watches: 'banner',
  share: 20,
  findings: ['silence', 'broken_pixel', 'drop', 'spike'],
  minutes: 30,
  query_id: '',
  query_name: '',
  reads: 'number',
  every_minutes: 15,
  least: 0,
  margin_percent: 10,
  for_minutes: 0,
  recover_minutes: 5,
  channels: [],
  in_browser: true,
  enabled: true,
})

const FILTERS = ['banner_tag', 'banner_prefix', 'domain', 'country', 'device'] as const

/** The definition the fields make; the API says what is wrong with it. Rates and shares are written in percent. */
export function definitionOf(draft: Draft): Definition {
  const { kind, for_minutes, recover_minutes, window_minutes, margin_percent, least } = draft
  const held = { for_minutes, recover_minutes }
  const filter: Filter = Object.fromEntries(
    FILTERS.flatMap((key) => (draft[key].trim() === '' ? [] : [[key, draft[key].trim()]])),
  )
  const { measure } = draft
  const hasType = ['events', 'players', 'payments', 'amount', 'freshness'].includes(measure)
  const metric = {
    measure,
    ...(hasType && draft.event_type ? { event_type: draft.event_type } : {}),
    ...(measure === 'amount' ? { currency: draft.currency.trim().toUpperCase() } : {}),
    ...(measure.startsWith('rejected') && draft.reason ? { reason: draft.reason } : {}),
  }
  const metered = {
    metric,
    filter: measure.startsWith('rejected') ? {} : filter,
    window_minutes,
    margin_percent,
    least,
  }
  switch (kind) {
    case 'threshold': {
      const bound = isRate(measure) ? draft.bound / 100 : draft.bound
      return { kind, ...metered, direction: draft.direction, bound, ...held }
    }
    case 'change':
      return {
        kind,
        ...metered,
        against: draft.against,
        direction: draft.turn,
        percent: draft.percent,
        ...held,
      }
    case 'anomaly':
      return {
        kind,
        findings: draft.findings as ('drop' | 'spike' | 'silence' | 'broken_pixel')[],
        ...(draft.event_type ? { event_type: draft.event_type } : {}),
        ...(draft.banner_tag ? { banner_tag: draft.banner_tag } : {}),
        ...held,
      }
    case 'broken_pixel':
      return { kind, watches: draft.watches, window_minutes, percent: draft.share, least, ...held }
    case 'query': {
      const { query_id, query_name, reads, every_minutes, direction, bound } = draft
      return { kind, query_id, query_name, reads, every_minutes, direction, bound, margin_percent, ...held }
    }
    case 'silence':
      return {
        kind,
        ...(draft.event_type ? { event_type: draft.event_type } : {}),
        filter,
        minutes: draft.minutes,
        least,
        ...held,
      }
  }
}

/** The fields of a rule that is there. */
export function draftOf(rule: {
  readonly name: string
  readonly definition: Definition
  readonly channels: readonly string[]
  readonly in_browser: boolean
  readonly enabled: boolean
}): Draft {
  const { definition, name, in_browser, enabled } = rule
  const draft: Draft = { ...emptyDraft(), name, in_browser, enabled, channels: [...rule.channels] }
  const { for_minutes, recover_minutes, kind } = definition
  Object.assign(draft, { kind, for_minutes, recover_minutes })
  if ('filter' in definition) Object.assign(draft, definition.filter)
  if ('metric' in definition) Object.assign(draft, definition.metric)
  if ('window_minutes' in definition) draft.window_minutes = definition.window_minutes
  if ('margin_percent' in definition) draft.margin_percent = definition.margin_percent
  if ('least' in definition) draft.least = definition.least
  switch (kind) {
    case 'threshold': {
      const { metric, bound, direction } = definition
      // What floating point makes of a percentage is not shown.
      draft.bound = isRate(metric.measure) ? Number((bound * 100).toPrecision(12)) : bound
      draft.direction = direction
      break
    }
    case 'change':
      Object.assign(draft, {
        against: definition.against,
        turn: definition.direction,
        percent: definition.percent,
      })
      break
    case 'anomaly':
      Object.assign(draft, {
        findings: [...definition.findings],
        event_type: definition.event_type ?? '',
        banner_tag: definition.banner_tag ?? '',
      })
      break
    case 'broken_pixel':
      Object.assign(draft, { watches: definition.watches, share: definition.percent })
      break
    case 'query': {
      const { query_id, query_name, reads, every_minutes, direction, bound } = definition
      Object.assign(draft, { query_id, query_name, reads, every_minutes, direction, bound })
      break
    }
    case 'silence':
      Object.assign(draft, { minutes: definition.minutes, event_type: definition.event_type ?? '' })
  }
  return draft
}
