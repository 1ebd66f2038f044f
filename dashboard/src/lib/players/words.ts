/** Segments, times and amounts of players in words. */
import { type Field, fieldInfo, type Operator } from '@rtpx/clickhouse/segments/fields'
import { type Condition, type Group, isGroup, type Money } from '@rtpx/clickhouse/segments/segment'
import { dayName, wholeNumber } from '#lib/format.ts'
import { clockAt, dayAt } from '#lib/time-zone.ts'

const OPERATOR_WORDS: Readonly<Record<Operator, string>> = {
  is: 'is',
  is_not: 'is not',
  starts_with: 'begins with',
  on_or_after: 'on or after',
  before: 'before',
  in_last_days: 'in the last days',
  not_in_last_days: 'longer ago than days',
  known: 'has happened',
  unknown: 'has not happened',
  at_least: 'at least',
  at_most: 'at most',
}
const SET_WORDS: Partial<Record<Operator, string>> = { is: 'is any of', is_not: 'is none of' }

/** A comparison as the builder's list says it. */
export const operatorWords = (field: Field, op: Operator) =>
  (fieldInfo(field).kind === 'set' && SET_WORDS[op]) || OPERATOR_WORDS[op]

/** `Stage is depositor and (Country is any of DE or Device is any of mobile)`. */
export function segmentWords(node: Group | Condition, isInside = false): string {
  if (!isGroup(node)) return conditionWords(node)
  if (node.of.length === 0) return 'everybody'
  const text = node.of.map((child) => segmentWords(child, true)).join(node.match === 'all' ? ' and ' : ' or ')
  return isInside && node.of.length > 1 ? `(${text})` : text
}

function conditionWords({ field, op, value }: Condition): string {
  const label = fieldInfo(field).label
  if (op === 'in_last_days') return `${label} in the last ${value} days`
  if (op === 'not_in_last_days') return `${label} longer ago than ${value} days`
  if (value === null) return `${label} ${OPERATOR_WORDS[op]}`
  const { currency, amount } = value as Money
  const text = Array.isArray(value)
    ? value.map((one) => choiceWords(one) || 'none').join(', ')
    : amount === undefined
      ? String(value)
      : `${amount} ${currency}`
  return `${label} ${operatorWords(field, op)} ${text}`
}

/** `two_banners` is `two banners`; other texts as they are. */
export const choiceWords = (text: string) =>
  /^[a-z]+(_[a-z]+)+$/.test(text) ? text.replaceAll('_', ' ') : text

/** `Today 14:05`, in the site's time zone; a dash where it never happened. */
export function momentWords(ms: number | null, site: { readonly time_zone: string }, today: string): string {
  if (ms === null) return '–'
  return `${dayName(dayAt(ms, site.time_zone), today)} ${clockAt(ms, site.time_zone)}`
}

/** `Today`, `Thu 19 Nov`. */
export const dayWords = (ms: number | null, site: { readonly time_zone: string }, today: string) =>
  ms === null ? '–' : dayName(dayAt(ms, site.time_zone), today)

/** An exact decimal as people read it: `1 234.50`. */
export function amountWords(amount: string): string {
  const [whole = '0', fraction = ''] = amount.replace('-', '').split('.')
  const cents = fraction.length === 1 ? `${fraction}0` : fraction
  const sign = amount.startsWith('-') ? '−' : ''
  return `${sign}${wholeNumberText(whole)}${cents ? `.${cents}` : ''}`
}

/** Larger than a number holds. */
const wholeNumberText = (digits: string) =>
  digits.length < 15 ? wholeNumber(Number(digits)) : digits.replace(/\B(?=(\d{3})+$)/g, '\u2009')

/** `120.50 EUR · 3 BTC`. */
export const amountsWords = (amounts: Readonly<Record<string, string>>) =>
  Object.entries(amounts)
    .map(([currency, amount]) => `${amountWords(amount)} ${currency}`.trim())
    .join(' · ')

/** `4 min 5 s`. */
export function durationWords(ms: number): string {
  const seconds = Math.round(ms / 1_000)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`
}
