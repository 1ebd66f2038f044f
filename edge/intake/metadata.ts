/** Metadata: everything a client sent that is no field, as one JSON object within limits. */
import { METADATA_MAX_BYTES } from '@rtpx/kafka/event'
import { Refusal } from './refusal.ts'

const MAX_DEPTH = 4
const MAX_KEYS = 64

/** Unknown names and their values; without a prototype, so that no name is special. */
export type Metadata = Record<string, unknown>

export function emptyMetadata(): Metadata {
  return Object.create(null) as Metadata
}

/** The object as JSON, or why it is too much. Strings are made well-formed. */
export function metadataText(metadata: Metadata): string | Refusal {
  const problem = tooMuch(metadata, 1, { keys: 0 })
  if (problem) return new Refusal('bad_metadata', 'metadata', problem)
  const text = wellFormedText(metadata)
  if (Buffer.byteLength(text) > METADATA_MAX_BYTES)
    return new Refusal('bad_metadata', 'metadata', `metadata has more than ${METADATA_MAX_BYTES} bytes`)
  return text
}

/** JSON without lone surrogates: JavaScript escapes them, other readers of JSON refuse them. */
function wellFormedText(metadata: Metadata): string {
  const text = JSON.stringify(metadata)
  return text.includes('\\ud') ? text.replace(LONE_SURROGATE, '\ufffd') : text
}

/** `JSON.stringify` writes an escape only for a surrogate that has no partner; a backslash before it would be escaped itself. */
const LONE_SURROGATE = /(?<=(?:^|[^\\])(?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g

function tooMuch(value: object, depth: number, seen: { keys: number }): string | undefined {
  if (depth > MAX_DEPTH) return `metadata is nested deeper than ${MAX_DEPTH}`
  for (const key in value) {
    seen.keys += 1
    if (seen.keys > MAX_KEYS) return `metadata has more than ${MAX_KEYS} names`
    const inner = (value as Metadata)[key]
    if (typeof inner === 'object' && inner !== null) {
      const problem = tooMuch(inner, depth + 1, seen)
      if (problem) return problem
    }
  }
  return undefined
}
