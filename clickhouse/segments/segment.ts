/**
 * A segment of players: conditions, all or any of which must hold, and groups of such. Plain JSON, as it stands in a URL or a saved segment;
 * whatever comes from outside passes `parseSegment`, which promises: only known fields, their comparisons, and bounded values.
 */
import { type Field, fieldInfo, isField, type Operator, operatorsOf } from './fields.ts'

export interface Money {
  readonly currency: string
  /** Exact decimal, as text. */
  readonly amount: string
}

/** Of texts, a day, a number of days or things, an amount, or nothing: as the comparison wants it. */
export type Value = readonly string[] | string | number | Money | null

export interface Condition {
  readonly field: Field
  readonly op: Operator
  readonly value: Value
}

export interface Group {
  readonly match: 'all' | 'any'
  readonly of: readonly (Group | Condition)[]
}

export const EVERYBODY: Group = { match: 'all', of: [] }
export const MAX_DEPTH = 4
export const MAX_CONDITIONS = 60
const MAX_VALUES = 200
const MAX_TEXT = 512
const MAX_NUMBER = 1_000_000_000

/** What is wrong with a segment, and where in it: `of.0.value`. */
export class SegmentError extends Error {
  override readonly name = 'SegmentError'
  constructor(
    readonly at: string,
    message: string,
  ) {
    super(message)
  }
}

export const isGroup = (node: Group | Condition): node is Group => 'of' in node

/** A segment from JSON text. @throws SegmentError */
export function readSegment(text: string): Group {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new SegmentError('', 'a segment is JSON')
  }
  return parseSegment(json)
}

/** A segment from anything. @throws SegmentError */
export function parseSegment(json: unknown): Group {
  const count = { conditions: 0 }
  const root = parseNode(json, '', 1, count)
  if (!isGroup(root)) throw new SegmentError('', 'a segment is a group: {"match":"all","of":[…]}')
  return root
}

function parseNode(
  json: unknown,
  at: string,
  depth: number,
  count: { conditions: number },
): Group | Condition {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new SegmentError(at, 'a group or a condition is wanted')
  const node = json as Record<string, unknown>
  if (!('of' in node)) {
    count.conditions += 1
    if (count.conditions > MAX_CONDITIONS)
      throw new SegmentError(at, `a segment has at most ${MAX_CONDITIONS} conditions`)
    return parseCondition(node, at)
  }
  if (depth > MAX_DEPTH) throw new SegmentError(at, `groups stand at most ${MAX_DEPTH} deep`)
  if (node.match !== 'all' && node.match !== 'any')
    throw new SegmentError(join(at, 'match'), 'match is all or any')
  if (!Array.isArray(node.of) || node.of.length > MAX_CONDITIONS)
    throw new SegmentError(join(at, 'of'), `of is a list of at most ${MAX_CONDITIONS}`)
  const of = node.of.map((child, index) => parseNode(child, join(at, `of.${index}`), depth + 1, count))
  return { match: node.match, of }
}

function parseCondition(node: Record<string, unknown>, at: string): Condition {
  const { field, op, value = null } = node
  if (!isField(field)) throw new SegmentError(join(at, 'field'), 'there is no such field')
  const known = operatorsOf(field).find((operator) => operator === op)
  if (!known) throw new SegmentError(join(at, 'op'), `${field} has no such comparison`)
  return { field, op: known, value: parseValue(field, known, value, join(at, 'value')) }
}

function parseValue(field: Field, op: Operator, value: unknown, at: string): Value {
  const { kind, choices } = fieldInfo(field)
  const bad = (wanted: string) => new SegmentError(at, `${field} ${op}: ${wanted}`)
  if (op === 'known' || op === 'unknown') return null
  if (kind === 'text' || kind === 'set') {
    const isTexts = Array.isArray(value) && value.every((text) => typeof text === 'string' && isPlain(text))
    if (!isTexts || value.length === 0 || value.length > MAX_VALUES)
      throw bad(`a list of 1 to ${MAX_VALUES} texts of at most ${MAX_TEXT} characters is wanted`)
    if (choices && value.some((text) => !choices.includes(text)))
      throw bad(`only ${choices.join(', ')} are possible`)
    return value as string[]
  }
  if (op === 'on_or_after' || op === 'before') {
    if (typeof value !== 'string' || !isDay(value)) throw bad('a day such as 2026-01-31 is wanted')
    return value
  }
  if (kind === 'money') {
    const { currency, amount } = (value ?? {}) as Partial<Record<keyof Money, unknown>>
    if (typeof currency !== 'string' || !/^[A-Z0-9]{0,16}$/.test(currency))
      throw bad('a currency such as EUR is wanted')
    if (typeof amount !== 'string' || !/^\d{1,20}(\.\d{1,8})?$/.test(amount))
      throw bad('an amount such as 99.50 is wanted')
    return { currency, amount }
  }
  const least = op === 'in_last_days' || op === 'not_in_last_days' ? 1 : 0
  const most = kind === 'number' ? MAX_NUMBER : 36_500
  if (!Number.isSafeInteger(value) || Number(value) < least || Number(value) > most)
    throw bad(`a whole number from ${least} to ${most} is wanted`)
  return Number(value)
}

const join = (at: string, name: string) => (at === '' ? name : `${at}.${name}`)
/** What a parameter of a query can carry: no lone half of a character. */
const isPlain = (text: string) => text.length <= MAX_TEXT && text.isWellFormed()

function isDay(text: string): boolean {
  const ms = Date.parse(`${text}T00:00:00Z`)
  return (
    /^\d{4}-\d\d-\d\d$/.test(text) &&
    Number.isFinite(ms) &&
    new Date(ms).toISOString().startsWith(text) &&
    text >= '1970-01-02' &&
    text <= '2148-12-31'
  )
}
