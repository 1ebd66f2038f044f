/**
 * Conditions on events that a reader puts together: a type, and filters on fields or on elements of the metadata. They become SQL whose
 * every value is bound; fields and operators come from the lists below, so no text of a reader is ever part of a statement.
 */
import type { Params } from '../client.ts'

const utm = (name: string) =>
  `if(path LIKE '%${name}=%', leftUTF8(toValidUTF8(decodeURLFormComponent(extractURLParameter(path, '${name}'))), 128), '')`

/** What can be filtered, as text. An event without it has the empty text. */
const TEXTS = {
  banner_tag: 'toString(banner_tag)',
  domain: 'toString(domain)',
  path: 'cutQueryStringAndFragment(path)',
  referrer: 'referrer',
  referrer_host: 'lower(domain(referrer))',
  utm_source: utm('utm_source'),
  utm_medium: utm('utm_medium'),
  utm_campaign: utm('utm_campaign'),
  country: 'toString(country)',
  device: 'toString(device)',
  browser: 'toString(browser)',
  os: 'toString(os)',
  currency: 'toString(currency)',
  amount: "ifNull(toString(amount), '')",
} as const

export type EventField = keyof typeof TEXTS
export const EVENT_FIELDS = Object.keys(TEXTS) as readonly EventField[]
/** A field, or `metadata.` and the keys down to the element, divided by dots. */
export type FilterField = EventField | `metadata.${string}`

/** `matches`: a pattern in which `*` stands for any text. A filter with several values holds for any of them, a negative one for none. */
export const OPERATORS = [
  'is',
  'is_not',
  'contains',
  'not_contains',
  'starts_with',
  'ends_with',
  'matches',
  'not_matches',
  'at_least',
  'at_most',
] as const
export type Operator = (typeof OPERATORS)[number]

export interface EventFilter {
  readonly field: FilterField
  readonly operator: Operator
  /** At least one. Numbers, as text, for at_least and at_most. */
  readonly values: readonly string[]
}

export interface EventCondition {
  /** A type, or ANY_EVENT. */
  readonly event_type: string
  readonly filters: readonly EventFilter[]
}

/** Stands for whatever type. */
export const ANY_EVENT = '*'

/** A condition in SQL, and the values it binds. */
export interface BoundCondition {
  readonly sql: string
  readonly params: Params
}

/** Whether the text names a field. */
export const isFilterField = (text: string): text is FilterField =>
  Object.hasOwn(TEXTS, text) || /^metadata\.[^.]+(\.[^.]+)*$/.test(text)

/**
 * @param name what the bound values' names begin with: a word that no other condition of the statement has
 * @returns an expression that is 0 or 1 for each row of `events`
 */
export function boundCondition(condition: EventCondition, name: string): BoundCondition {
  const params: Record<string, unknown> = {}
  const bind = binder(params, name)
  const parts = condition.filters.map((filter) => filterSql(filter, bind))
  if (condition.event_type !== ANY_EVENT)
    parts.unshift(`event_type = ${bind(condition.event_type, 'String')}`)
  return { sql: parts.length > 0 ? `(${parts.join(' AND ')})` : '1', params }
}

/** The expression of a field as text. */
export const textOf = (field: EventField): string => TEXTS[field]

/** Any field's text, with its values bound. @param name as for boundCondition */
export function boundText(field: FilterField, name: string): BoundCondition {
  const params: Record<string, unknown> = {}
  const bind = binder(params, name)
  return { sql: isEventField(field) ? TEXTS[field] : metadataText(field, bind), params }
}

/** That an event's banner begins with one of `{banner_prefixes:Array(String)}`. */
export const HAS_PREFIX =
  'arrayExists(prefix -> startsWith(toString(banner_tag), prefix), {banner_prefixes:Array(String)})'

const isEventField = (field: FilterField): field is EventField => Object.hasOwn(TEXTS, field)

const binder =
  (params: Record<string, unknown>, name: string): Bind =>
  (value, type) => {
    const place = `${name}_${Object.keys(params).length}`
    params[place] = value
    return `{${place}:${type}}`
  }

type Bind = (value: unknown, type: string) => string

function filterSql({ field, operator, values }: EventFilter, bind: Bind): string {
  const text = isEventField(field) ? TEXTS[field] : metadataText(field, bind)
  const any = (of: (place: string) => string, textFor: (value: string) => string = (value) => value) =>
    `(${values.map((value) => of(bind(textFor(value), 'String'))).join(' OR ')})`
  switch (operator) {
    case 'is':
      return `${text} IN ${bind(values, 'Array(String)')}`
    case 'is_not':
      return `${text} NOT IN ${bind(values, 'Array(String)')}`
    case 'contains':
      return any((place) => `position(${text}, ${place}) > 0`)
    case 'not_contains':
      return `NOT ${any((place) => `position(${text}, ${place}) > 0`)}`
    case 'starts_with':
      return any((place) => `startsWith(${text}, ${place})`)
    case 'ends_with':
      return any((place) => `endsWith(${text}, ${place})`)
    case 'matches':
      return any((place) => `${text} LIKE ${place}`, likePattern)
    case 'not_matches':
      return `NOT ${any((place) => `${text} LIKE ${place}`, likePattern)}`
    case 'at_least':
      return any((place) => `ifNull(toFloat64OrNull(${text}) >= toFloat64OrNull(${place}), 0)`)
    case 'at_most':
      return any((place) => `ifNull(toFloat64OrNull(${text}) <= toFloat64OrNull(${place}), 0)`)
  }
}

/** A text as it stands, anything else as the JSON it is; empty when there is no such element. */
function metadataText(field: string, bind: Bind): string {
  const keys = field
    .slice('metadata.'.length)
    .split('.')
    .map((key) => bind(key, 'String'))
    .join(', ')
  return `if(JSONType(metadata, ${keys}) = 'String', JSONExtractString(metadata, ${keys}), JSONExtractRaw(metadata, ${keys}))`
}

const likePattern = (pattern: string) => pattern.replaceAll(/[\\%_]/g, '\\$&').replaceAll('*', '%')
