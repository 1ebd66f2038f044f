/**
 * How banners stand together, as the URL says it: `group=_` is what stands before the first `_`, `group=__` before the second, `group=4` the
 * first four characters; without it each banner stands by itself.
 */
import type { Grouping, Separator } from '@rtpx/clickhouse/queries/banner-groups'

const SEPARATORS: readonly Separator[] = ['_', '-', '.', ':']
const MAX_PARTS = 3
const MAX_CHARACTERS = 64

/** The grouping of a URL; undefined for text that names none. */
export function groupingOf(text: string | null): Grouping | undefined {
  if (text === null || text === '') return { by: 'banner' }
  const separator = SEPARATORS.find((separator) => text === separator.repeat(text.length))
  if (separator && text.length <= MAX_PARTS) return { by: 'separator', separator, parts: text.length }
  const characters = /^[1-9]\d?$/.test(text) ? Number(text) : 0
  return characters > 0 && characters <= MAX_CHARACTERS ? { by: 'characters', characters } : undefined
}

export interface GroupingChoice {
  /** As in the URL; null for none. */
  readonly value: string | null
  readonly label: string
}

const COUNTED = ['first', 'second', 'third']
const choiceOf = (value: string): GroupingChoice => ({ value, label: groupingName(value) })

/** What the page offers, each banner first. */
export const GROUPING_CHOICES: readonly GroupingChoice[] = [
  { value: null, label: 'Each banner' },
  ...['_', '__', '-', '--', '.', ':', '2', '3', '4', '6', '8', '12'].map(choiceOf),
]

/** A grouping of a URL in words. */
export function groupingName(text: string): string {
  if (/^\d/.test(text)) return text === '1' ? 'First character' : `First ${text} characters`
  return `Before the ${COUNTED[text.length - 1]} “${text.charAt(0)}”`
}
