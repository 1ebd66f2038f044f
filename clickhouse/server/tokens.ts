/**
 * The words of a SQL text. It promises: strings, quoted names, comments and heredocs are never taken for keywords; positions
 * are byte positions (a text here has one character a byte, latin1). Source: ClickHouse's `Lexer.cpp`.
 */

export interface Token {
  type: 'word' | 'string' | 'name' | 'other'
  /** Lower-case for words and quoted names, the character for punctuation, empty for strings. */
  text: string
  start: number
  end: number
  /** Nesting of round, square and curly brackets before it. */
  depth: number
}

const WORD = /[A-Za-z_\u0080-\u00ff]/
const WORD_REST = /[A-Za-z0-9_$\u0080-\u00ff]*/y
const SPACE = /[\s\0]/
const HEREDOC = /\$(\w*)\$/y

/** End of a quoted run that begins at `start`; the text's end when it never closes. */
function quotedEnd(text: string, start: number): number {
  const quote = text[start]
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1
    else if (text[at] === quote) {
      if (text[at + 1] !== quote) return at + 1
      at += 1
    }
  }
  return text.length
}

function commentEnd(text: string, at: number): number {
  const two = text.slice(at, at + 2)
  const close = two === '/*' ? '*/' : two === '--' || two === '# ' || two === '#!' ? '\n' : undefined
  if (!close) return at
  const end = text.indexOf(close, at + 2)
  return end < 0 ? text.length : end + close.length
}

/** The significant tokens of a statement; `text` has one character a byte (latin1). */
export function* tokens(text: string): Generator<Token> {
  let depth = 0
  for (let at = 0; at < text.length; ) {
    const char = text[at] ?? ''
    const afterComment = commentEnd(text, at)
    if (SPACE.test(char)) at += 1
    else if (afterComment > at) at = afterComment
    else if (char === "'" || char === '"' || char === '`') {
      const end = quotedEnd(text, at)
      const quoted = char === "'" ? '' : text.slice(at + 1, end - 1).toLowerCase()
      yield { type: char === "'" ? 'string' : 'name', text: quoted, start: at, end, depth }
      at = end
    } else if (WORD.test(char) || /[0-9]/.test(char)) {
      WORD_REST.lastIndex = at
      const end = at + (WORD_REST.exec(text)?.[0].length ?? 1)
      yield { type: 'word', text: text.slice(at, end).toLowerCase(), start: at, end, depth }
      at = end
    } else {
      HEREDOC.lastIndex = at
      const tag = char === '$' ? HEREDOC.exec(text)?.[0] : undefined
      if (tag) {
        const close = text.indexOf(tag, at + tag.length)
        const end = close < 0 ? text.length : close + tag.length
        yield { type: 'string', text: '', start: at, end, depth }
        at = end
        continue
      }
      if (char === ')' || char === ']' || char === '}') depth = Math.max(0, depth - 1)
      yield { type: 'other', text: char, start: at, end: at + 1, depth }
      if (char === '(' || char === '[' || char === '{') depth += 1
      at += 1
    }
  }
}

/** A string literal. */
export function literal(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\0', '\\0')}'`
}

/** A quoted identifier. */
export function identifier(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('\0', '\\0')}\``
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  '\0': '\\0',
}

/** Bytes as the value of a `{name:String}` placeholder, which is read as escaped text. */
export function escaped(bytes: Buffer): Buffer {
  return Buffer.from(
    bytes.toString('latin1').replace(/[\\\t\n\r\0]/g, (char) => ESCAPES[char] ?? char),
    'latin1',
  )
}
