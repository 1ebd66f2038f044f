/** A segment while somebody builds it: like a segment, but a condition may still lack its value. Pure: every change is a new draft. */
import { type Field, fieldInfo, type Operator, operatorsOf } from '@rtpx/clickhouse/segments/fields'
import {
  type Condition,
  EVERYBODY,
  type Group,
  isGroup,
  parseSegment,
  SegmentError,
  type Value,
} from '@rtpx/clickhouse/segments/segment'

/** The value a comparison begins with: nothing chosen yet, or the least that makes sense. */
function initialValue(field: Field, op: Operator): Value {
  const { kind } = fieldInfo(field)
  if (op === 'known' || op === 'unknown') return null
  if (kind === 'text' || kind === 'set') return []
  if (op === 'on_or_after' || op === 'before') return ''
  if (kind === 'money') return { currency: '', amount: '' }
  return kind === 'date' ? 7 : 1
}

/** A new condition on a field. */
export function newCondition(field: Field): Condition {
  const op = operatorsOf(field)[0] ?? 'is'
  return { field, op, value: initialValue(field, op) }
}

/** The same condition with another comparison; its value stays where it fits. */
export function withOperator(condition: Condition, op: Operator): Condition {
  const { field, value } = condition
  const fresh = initialValue(field, op)
  const fits = shapeOf(fresh) === shapeOf(value)
  return { field, op, value: fits ? value : fresh }
}

const shapeOf = (value: Value) => (Array.isArray(value) ? 'texts' : value === null ? 'none' : typeof value)

function isComplete(condition: Condition): boolean {
  try {
    parseSegment({ match: 'all', of: [condition] })
    return true
  } catch (error) {
    if (error instanceof SegmentError) return false
    throw error
  }
}

/** The part of a draft that says something: conditions with their values, groups with conditions. */
export function completed(group: Group): Group {
  const of = group.of.flatMap((node): (Group | Condition)[] => {
    if (!isGroup(node)) return isComplete(node) ? [node] : []
    const inner = completed(node)
    return inner.of.length > 0 ? [inner] : []
  })
  return { match: group.match, of }
}

/** How many conditions a group has, those of its groups too. */
export const conditionsOf = (group: Group): number =>
  group.of.reduce((sum, node) => sum + (isGroup(node) ? conditionsOf(node) : 1), 0)

/** The `segment=` of a draft; null for everybody. */
export function segmentParam(draft: Group): string | null {
  const segment = completed(draft)
  return segment.of.length === EVERYBODY.of.length ? null : JSON.stringify(segment)
}

/** A group with one of its nodes replaced, or taken out. */
export const withNode = (group: Group, index: number, node: Group | Condition | null): Group => ({
  ...group,
  of: group.of.flatMap((old, at) => (at !== index ? [old] : node === null ? [] : [node])),
})
