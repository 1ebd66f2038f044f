/** Funnels in words. */
import {
  ANY_EVENT,
  type EventFilter,
  type FilterField,
  type Operator,
} from '@rtpx/clickhouse/queries/event-conditions'
import type { Breakdown } from '@rtpx/clickhouse/queries/funnel-limits'
import { typeName, wholeNumber } from '#lib/format.ts'
import type { FunnelStep, WindowUnit } from './spec.ts'

const FIELDS: Readonly<Record<string, string>> = {
  banner_tag: 'Banner',
  domain: 'Domain',
  path: 'Path',
  referrer: 'Referrer',
  referrer_host: 'Referring host',
  utm_source: 'utm_source',
  utm_medium: 'utm_medium',
  utm_campaign: 'utm_campaign',
  country: 'Country',
  device: 'Device',
  browser: 'Browser',
  os: 'System',
  currency: 'Currency',
  amount: 'Amount',
  day: 'Day of entering',
}

export const fieldName = (field: FilterField | Breakdown | 'metadata') =>
  FIELDS[field] ?? (field === 'metadata' ? 'Metadata' : field)

export const OPERATOR_NAMES: Readonly<Record<Operator, string>> = {
  is: 'is',
  is_not: 'is not',
  contains: 'contains',
  not_contains: 'does not contain',
  starts_with: 'starts with',
  ends_with: 'ends with',
  matches: 'matches',
  not_matches: 'does not match',
  at_least: 'is at least',
  at_most: 'is at most',
}

export const UNIT_NAMES: Readonly<Record<WindowUnit, string>> = { m: 'minutes', h: 'hours', d: 'days' }

export const stepName = (event_type: string) =>
  event_type === ANY_EVENT ? 'Any event' : typeName(event_type)

export const valueName = (value: string) => (value === '' ? '(none)' : value)

/** `Banner is summer or winter`. */
export const filterText = ({ field, operator, values }: EventFilter) =>
  `${fieldName(field)} ${OPERATOR_NAMES[operator]} ${values.map(valueName).join(' or ')}`

export const stepText = ({ event_type, filters }: FunnelStep) =>
  [stepName(event_type), ...filters.map(filterText)].join(', ')

/** A length of time in its two largest units: `2 d 5 h`, `45 s`, `0.3 s`. */
export function durationText(ms: number): string {
  if (ms < 10_000) return `${Number((ms / 1_000).toFixed(1))} s`
  const seconds = Math.round(ms / 1_000)
  const units = [
    { size: 86_400, name: 'd' },
    { size: 3_600, name: 'h' },
    { size: 60, name: 'min' },
    { size: 1, name: 's' },
  ]
  const first = units.findIndex(({ size }) => seconds >= size)
  const [large, small] = [units[first], units[first + 1]]
  if (!large) return '0 s'
  const rest = small ? Math.floor((seconds % large.size) / small.size) : 0
  const head = `${wholeNumber(Math.floor(seconds / large.size))} ${large.name}`
  return rest > 0 && small ? `${head} ${rest} ${small.name}` : head
}
