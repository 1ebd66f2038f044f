/** The fields a segment may ask about: a closed list. Each has a kind, and a kind has its comparisons. Pages read it as well. */

export const STAGES = ['visitor', 'registered', 'depositor', 'dormant'] as const
export const FINDING_KINDS = [
  'deposit_without_registration',
  'registration_before_visit',
  'two_banners',
  'clock_off',
] as const

/**
 * - text: one value a player
 * - set: any number of values a player
 * - date: an instant or a day, or none yet
 * - number: a whole number, or none
 * - days_ago: whole days since something
 * - money: an amount of one currency
 */
export type Kind = 'text' | 'set' | 'date' | 'number' | 'days_ago' | 'money'

export const OPERATORS = {
  text: ['is', 'is_not', 'starts_with'],
  set: ['is', 'is_not', 'starts_with'],
  date: ['on_or_after', 'before', 'in_last_days', 'not_in_last_days', 'known', 'unknown'],
  number: ['at_least', 'at_most'],
  days_ago: ['at_least', 'at_most'],
  money: ['at_least', 'at_most'],
} as const satisfies Record<Kind, readonly string[]>

export type Operator = (typeof OPERATORS)[Kind][number]

interface FieldInfo {
  readonly kind: Kind
  readonly label: string
  /** What it means, where the label does not say. */
  readonly hint?: string
  /** The only values there are. */
  readonly choices?: readonly string[]
}

export const FIELDS = {
  stage: { kind: 'text', label: 'Stage', choices: STAGES },
  banner_tag: {
    kind: 'text',
    label: 'Acquiring banner',
    hint: 'Of the first event that carried one',
  },
  converting_banner_tag: {
    kind: 'text',
    label: 'Converting banner',
    hint: 'The last one seen before the first deposit, else the registration',
  },
  touched_banner: { kind: 'set', label: 'Any touched banner', hint: 'Also before the player had a name' },
  first_seen: { kind: 'date', label: 'First seen' },
  registration_at: { kind: 'date', label: 'Registration' },
  deposit_at: { kind: 'date', label: 'First deposit' },
  last_event_at: { kind: 'date', label: 'Last event' },
  reactivated_at: { kind: 'date', label: 'Came back', hint: 'The last day (UTC) after being dormant' },
  inactive_days: { kind: 'days_ago', label: 'Days without an event' },
  total_deposits: { kind: 'number', label: 'Number of deposits' },
  amount: { kind: 'money', label: 'Deposited amount' },
  days_to_registration: { kind: 'number', label: 'Days to registration', hint: 'From first seen' },
  days_to_deposit: { kind: 'number', label: 'Days to first deposit', hint: 'From first seen' },
  country: { kind: 'set', label: 'Country', hint: 'Of any event that names the player' },
  device: { kind: 'set', label: 'Device', hint: 'Of any event that names the player' },
  finding: { kind: 'set', label: 'Open finding', choices: FINDING_KINDS },
  player_id: { kind: 'text', label: 'Player' },
} as const satisfies Record<string, FieldInfo>

export type Field = keyof typeof FIELDS

export const fieldInfo = (field: Field): FieldInfo => FIELDS[field]
export const isField = (text: unknown): text is Field =>
  typeof text === 'string' && Object.hasOwn(FIELDS, text)

/** The comparisons of a field; some values are never a beginning of others. */
export function operatorsOf(field: Field): readonly Operator[] {
  const { kind, choices } = fieldInfo(field)
  const every: readonly Operator[] = OPERATORS[kind]
  return choices ? every.filter((operator) => operator !== 'starts_with') : every
}
