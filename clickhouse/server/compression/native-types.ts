/** Types as they are written in Native blocks: `Array(Tuple(a UInt8, b LowCardinality(String)))` as a tree. */
export interface NativeType {
  name: string
  arguments: NativeType[]
  /** The text of each argument, for those that are numbers. */
  texts: string[]
}

/** Splits at commas outside of brackets and quotes. */
function split(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let start = 0
  let quote = ''
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? ''
    if (char === '\\') at += 1
    else if (quote) quote = char === quote ? '' : quote
    else if (char === "'" || char === '`' || char === '"') quote = char
    else if (char === '(') depth += 1
    else if (char === ')') depth -= 1
    else if (char === ',' && depth === 0) {
      parts.push(text.slice(start, at).trim())
      start = at + 1
    }
  }
  const last = text.slice(start).trim()
  return last ? [...parts, last] : parts
}

const NAMED = /^(?:`(?:[^`\\]|\\.)*`|"(?:[^"\\]|\\.)*"|[A-Za-z_][\w.]*)\s+(?=[A-Z])/

/** Reads a type's name. */
export function nativeType(text: string): NativeType {
  const open = text.indexOf('(')
  if (open < 0) return { name: text, arguments: [], texts: [] }
  const texts = split(text.slice(open + 1, text.lastIndexOf(')')))
  // Only these have types inside; the rest have numbers, names and strings.
  const nests = /^(Array|Nullable|LowCardinality|Tuple|Map|Nested|Variant|SimpleAggregateFunction)$/
  const name = text.slice(0, open)
  return {
    name,
    texts,
    arguments: nests.test(name) ? texts.map((part) => nativeType(part.replace(NAMED, ''))) : [],
  }
}
