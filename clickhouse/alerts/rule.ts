/**
 * What an alert rule may say: one schema a kind, for validation, types and the API's documentation. A rule is a definition (what is watched,
 * when it fires) with a name and where it is told.
 */
import { type Static, type TSchema, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'

const text = (maxLength: number) => Type.String({ maxLength, pattern: '^[^\\u0000-\\u001f\\u007f]*$' })
const minutes = (minimum: number, maximum: number, options = {}) =>
  Type.Integer({ minimum, maximum, ...options })
const oneOf = <const Names extends readonly string[]>(names: Names) =>
  Type.Unsafe<Names[number]>(Type.Union(names.map((name) => Type.Literal(name))))

export const MEASURES = [
  'events',
  'players',
  'payments',
  'amount',
  'visit_to_registration',
  'registration_to_deposit',
  'rejected',
  'rejected_share',
  'freshness',
] as const
export type Measure = (typeof MEASURES)[number]

export const FINDING_KINDS = ['silence', 'broken_pixel', 'drop', 'spike'] as const

/** The longest window, and the longest silence. */
const DAY = 1_440

const filter = Type.Object(
  {
    banner_tag: Type.Optional(text(256)),
    banner_prefix: Type.Optional(text(256)),
    domain: Type.Optional(text(256)),
    country: Type.Optional(Type.String({ pattern: '^[A-Z]{2}$' })),
    device: Type.Optional(text(64)),
  },
  { additionalProperties: false, description: 'Only events like this; every field that is there must hold' },
)
export type Filter = Static<typeof filter>

const metric = Type.Object(
  {
    measure: oneOf(MEASURES),
    event_type: Type.Optional(
      Type.String({
        pattern: '^([a-z][a-z0-9_]{0,63})?$',
        description: 'Type of the events, players or payments; absent or empty: all types',
      }),
    ),
    currency: Type.Optional(
      Type.String({ pattern: '^[A-Z0-9]{2,12}$', description: 'For amount: which currency' }),
    ),
    reason: Type.Optional(text(64)),
  },
  { additionalProperties: false },
)
export type Metric = Static<typeof metric>

const held = {
  for_minutes: minutes(0, DAY, { description: 'Fires when it was so for as long; 0: at once' }),
  recover_minutes: minutes(0, DAY, { description: 'Is over when it was well for as long; 0: at once' }),
}
const window_minutes = minutes(5, DAY, { multipleOf: 5, description: 'Looks at so many minutes at a time' })
const margin_percent = Type.Number({
  minimum: 0,
  maximum: 90,
  description: 'Is well only when so much better than the bound, in percent of it, so that it does not flap',
})
const least = Type.Number({
  minimum: 0,
  maximum: 1e12,
  description: 'Is judged only where there is at least so much to judge by',
})
const percent = Type.Number({ exclusiveMinimum: 0, maximum: 100_000 })
const object = <Kind extends string, Fields extends Record<string, TSchema>>(kind: Kind, fields: Fields) =>
  Type.Object({ kind: Type.Literal(kind), ...fields, ...held }, { additionalProperties: false })

export const DEFINITIONS = {
  threshold: object('threshold', {
    metric,
    filter,
    window_minutes,
    direction: oneOf(['above', 'below']),
    bound: Type.Number({ minimum: 0, maximum: 1e15 }),
    margin_percent,
    least,
  }),
  change: object('change', {
    metric,
    filter,
    window_minutes,
    against: oneOf(['previous', 'last_week']),
    direction: oneOf(['up', 'down']),
    percent,
    margin_percent,
    least,
  }),
  anomaly: object('anomaly', {
    findings: Type.Array(oneOf(FINDING_KINDS), { minItems: 1, maxItems: 4, uniqueItems: true }),
    event_type: Type.Optional(text(64)),
    banner_tag: Type.Optional(text(256)),
  }),
  broken_pixel: object('broken_pixel', {
    watches: oneOf(['rejected', 'banner', 'domain']),
    window_minutes,
    percent: Type.Number({
      exclusiveMinimum: 0,
      maximum: 100,
      description: 'For rejected: share of what is sent that fires',
    }),
    least,
  }),
  query: object('query', {
    query_id: Type.String({ pattern: '^[0-9a-f-]{36}$', description: 'The saved statement' }),
    query_name: text(120),
    reads: oneOf(['number', 'rows']),
    every_minutes: minutes(5, DAY, { multipleOf: 5, description: 'Is asked so often' }),
    direction: oneOf(['above', 'below']),
    bound: Type.Number({ minimum: -1e15, maximum: 1e15 }),
    margin_percent,
  }),
  silence: object('silence', {
    event_type: Type.Optional(Type.String({ pattern: '^([a-z][a-z0-9_]{0,63})?$' })),
    filter,
    minutes: minutes(2, DAY),
    least,
  }),
} as const

export type Kind = keyof typeof DEFINITIONS
export type DefinitionOf<Of extends Kind> = Static<(typeof DEFINITIONS)[Of]>
export type Definition = { [Of in Kind]: DefinitionOf<Of> }[Kind]

/** What of a rule can be written: all of it when it is made. */
export const RuleInput = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 120, pattern: '^[^\\u0000-\\u001f\\u007f]*$' }),
    definition: Type.Union(Object.values(DEFINITIONS)),
    channels: Type.Array(Type.String({ pattern: '^[0-9a-f-]{36}$' }), { maxItems: 20, uniqueItems: true }),
    in_browser: Type.Boolean(),
    enabled: Type.Boolean(),
  },
  { additionalProperties: false },
)
export type RuleInput = Static<typeof RuleInput>

/** A value that cannot be taken, and which field is to blame. */
export class InvalidInput extends Error {
  constructor(
    readonly field: string,
    message: string,
  ) {
    super(message)
  }
}

/** The value, checked against a schema. @throws InvalidInput naming the first field that does not fit */
export function checked<Schema extends TSchema>(schema: Schema, value: unknown, at = ''): Static<Schema> {
  const first = Value.Errors(schema, value).First()
  if (!first) return value as Static<Schema>
  const field = `${at}${first.path}`.slice(1).replaceAll('/', '.') || at.slice(1) || 'body'
  const names: { const?: unknown }[] = first.schema.anyOf ?? []
  const words = names.every(({ const: name }) => typeof name === 'string')
    ? names.map((name) => name.const)
    : []
  const message = words.length > 0 ? `one of ${words.join(', ')}` : first.message
  throw new InvalidInput(field, `${field}: ${message.charAt(0).toLowerCase()}${message.slice(1)}`)
}

/** A definition as sent or stored. @throws InvalidInput */
export function checkDefinition(value: unknown): Definition {
  const { kind } = (value ?? {}) as { kind?: unknown }
  if (typeof kind !== 'string' || !Object.hasOwn(DEFINITIONS, kind))
    throw new InvalidInput(
      'definition.kind',
      `definition.kind: one of ${Object.keys(DEFINITIONS).join(', ')}`,
    )
  const definition = checked(DEFINITIONS[kind as Kind], value, '/definition') as Definition
  if (definition.kind === 'threshold' || definition.kind === 'change')
    checkMetric(definition.metric, definition)
  return definition
}

function checkMetric({ measure, currency, event_type = '' }: Metric, definition: Definition): void {
  const isFiltered = 'filter' in definition && Object.values(definition.filter).some((value) => value !== '')
  const refuse = (field: string, words: string) => {
    throw new InvalidInput(`definition.${field}`, `definition.${field}: ${words}`)
  }
  if (measure === 'players' && event_type === '')
    refuse('metric.event_type', 'players are counted by type: say which')
  if (measure === 'amount' && !currency) refuse('metric.currency', 'an amount needs its currency')
  if ((measure === 'payments' || measure === 'amount') && !['', 'deposit', 'purchase'].includes(event_type))
    refuse('metric.event_type', 'payments are deposit or purchase')
  if (isFiltered && (measure === 'rejected' || measure === 'rejected_share'))
    refuse('filter', 'what was rejected is known by site and reason only')
  if (measure === 'freshness' && definition.kind === 'change')
    refuse('metric.measure', 'freshness has a bound, not a change')
}

/** A rule as sent. @throws InvalidInput */
export function checkRule(value: unknown): RuleInput {
  const { definition, ...rest } = (value ?? {}) as Record<string, unknown>
  const { properties } = RuleInput
  const fields = Type.Object(
    {
      name: properties.name,
      channels: properties.channels,
      in_browser: properties.in_browser,
      enabled: properties.enabled,
    },
    { additionalProperties: false },
  )
  return { ...checked(fields, rest), definition: checkDefinition(definition) }
}
