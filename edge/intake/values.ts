/**
 * One value of one field: from whatever a client sent to what the contract stores, or a refusal.
 *
 * - Numbers that JSON cannot carry exactly are refused, never rounded.
 * - Identifiers are judged: control characters and over-long ones are refused. Context (path, referrer, user agent) is
 *   cut instead: a visit with a long referrer is still a visit.
 * - Every string that leaves here is well-formed Unicode.
 */
import { type EventField, EventSchema } from '@rtpx/kafka/event'
import type { TSchema } from '@sinclair/typebox'
import { Refusal } from './refusal.ts'

type Read = (raw: unknown) => string | number | undefined | Refusal

/** A host name as the contract takes it: at most 253 characters. */
export const HOST_NAME = /^[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9])?$/

/** How each field of a client is read; `undefined` means absent or empty. */
export const READ_FIELD: Readonly<Partial<Record<EventField, Read>>> = {
  event_id: pattern('event_id', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'a UUID', lowerCase),
  site_id: identifier('site_id'),
  event_type: pattern(
    'event_type',
    new RegExp(EventSchema.properties.event_type.pattern ?? ''),
    'a name of an event type',
    lowerCase,
  ),
  player_id: identifier('player_id'),
  banner_tag: identifier('banner_tag'),
  visitor_id: identifier('visitor_id'),
  session_id: identifier('session_id'),
  transaction_id: identifier('transaction_id'),
  occurred_at: readTime,
  domain: pattern('domain', HOST_NAME, 'a host name', hostName),
  path: context('path'),
  referrer: context('referrer'),
  user_agent: context('user_agent'),
  viewport_width: readPixels('viewport_width'),
  viewport_height: readPixels('viewport_height'),
  amount: readAmount,
  currency: pattern(
    'currency',
    new RegExp(EventSchema.properties.currency.pattern ?? ''),
    'a currency code such as EUR',
    upperCase,
  ),
  source_ip: pattern('source_ip', /^[0-9a-f:.]{2,45}$/, 'an IP address', lowerCase),
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f]/

function textOf(field: string, raw: unknown): string | Refusal {
  if (typeof raw === 'string') return raw
  if (typeof raw === 'number') {
    return Number.isSafeInteger(raw)
      ? String(raw)
      : new Refusal('bad_field', field, `${field} must be text or a safe integer`)
  }
  return new Refusal('bad_field', field, `${field} must be text`)
}

function identifier(field: EventField): Read {
  const { maxLength = 0 } = EventSchema.properties[field] as TSchema
  return (raw) => {
    const text = textOf(field, raw)
    if (text instanceof Refusal) return text
    const value = text.trim()
    if (value === '') return undefined
    if (value.length > maxLength)
      return new Refusal('too_long', field, `${field} has more than ${maxLength} characters`)
    if (CONTROL.test(value) || !value.isWellFormed())
      return new Refusal('bad_field', field, `${field} holds a control character or broken Unicode`)
    return value
  }
}

function context(field: EventField): Read {
  const { maxLength = 0 } = EventSchema.properties[field] as TSchema
  return (raw) => {
    const text = textOf(field, raw)
    if (text instanceof Refusal) return text
    return cut(text, maxLength) || undefined
  }
}

/** Well-formed Unicode of at most so many UTF-16 units. */
export function cut(text: string, maxLength: number): string {
  return (text.length > maxLength ? text.slice(0, maxLength) : text).toWellFormed()
}

function pattern(field: EventField, form: RegExp, words: string, normalize: (text: string) => string): Read {
  // A batch names the same types and hosts over and over.
  let known = { raw: '', value: '' }
  return (raw) => {
    if (raw === known.raw && raw !== '') return known.value
    const text = textOf(field, raw)
    if (text instanceof Refusal) return text
    const value = normalize(text.trim())
    if (value === '') return undefined
    if (!form.test(value)) return new Refusal('bad_field', field, `${field} must be ${words}`)
    if (typeof raw === 'string') known = { raw, value }
    return value
  }
}

function lowerCase(text: string): string {
  return text.toLowerCase()
}

function upperCase(text: string): string {
  return text.toUpperCase()
}

/** A host name as tables keep it: lower case, without port or trailing dot. */
export function hostName(text: string): string {
  return text
    .toLowerCase()
    .replace(/:\d{1,5}$/, '')
    .replace(/\.$/, '')
}

/** An instant as whole milliseconds since 1970: given so, or as ISO 8601 with a zone. */
function readTime(raw: unknown): number | undefined | Refusal {
  if (raw === '' || raw === null) return undefined
  const ms = typeof raw === 'number' ? raw : typeof raw === 'string' ? timeOfText(raw.trim()) : Number.NaN
  if (Number.isSafeInteger(ms) && ms >= 0 && ms <= 8_640_000_000_000_000) return ms
  return new Refusal(
    'bad_field',
    'occurred_at',
    'occurred_at must be milliseconds since 1970 or ISO 8601 with a time zone',
  )
}

function timeOfText(text: string): number {
  if (/^\d{1,16}$/.test(text)) return Number(text)
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)$/.test(text)) return Date.parse(text)
  return Number.NaN
}

function readPixels(field: EventField): Read {
  return (raw) => {
    if (raw === '' || raw === null) return undefined
    const size = typeof raw === 'string' && /^\d{1,6}$/.test(raw) ? Number(raw) : raw
    if (typeof size === 'number' && Number.isFinite(size) && size >= 0 && size <= 65_535)
      return Math.round(size)
    return new Refusal('bad_field', field, `${field} must be a number of pixels from 0 to 65535`)
  }
}

/** Digits that every decimal keeps as a float, which is what JSON.parse makes of a number (IEEE 754 binary64). */
const EXACT_DIGITS = 15

/**
 * An exact decimal, as text. A number of more digits than a float keeps is another than was sent, and refused; such amounts have to come
 * as text.
 */
function readAmount(raw: unknown): string | undefined | Refusal {
  if (raw === '' || raw === null) return undefined
  const text = typeof raw === 'number' ? String(raw) : raw
  if (typeof text !== 'string' || !/^\d{1,20}(\.\d{1,8})?$/.test(text.trim()))
    return badAmount('amount must be a decimal such as 12.50, with at most 8 decimals, not negative')
  if (typeof raw === 'number' && text.replace('.', '').replace(/^0+/, '').length > EXACT_DIGITS)
    return badAmount(`amount has too many digits for a number: send it as text, such as "${text}"`)
  return text.trim()
}

const badAmount = (message: string) => new Refusal('bad_field', 'amount', message)
