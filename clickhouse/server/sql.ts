/**
 * What the HTTP layer has to know of a statement before the engine parses it: is it a SELECT whose result is streamed,
 * an INSERT with data (and where the data begins), or anything else; which format it names; and whether it touches files.
 * It promises: strings, quoted names, comments and heredocs are never taken for keywords; positions are byte positions.
 * It is no parser: what is wrong beyond this, the engine says.
 */
import { ServerException } from './exceptions.ts'

interface Token {
  type: 'word' | 'string' | 'name' | 'other'
  /** Lower-case for words, the character for punctuation, empty otherwise. */
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
      yield { type: char === "'" ? 'string' : 'name', text: '', start: at, end, depth }
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

export type Statement =
  /** Streamed: `INTO OUTFILE` goes at byte `outputAt`; `format` when the text names one. */
  | { kind: 'select'; end: number; outputAt: number; format?: string | undefined }
  /** `head` is the INSERT without its FORMAT clause; its data begins at byte `dataAt`. */
  | { kind: 'insert'; head: string; format: string; dataAt: number; table: string }
  /** Run to its end, result in one piece. `inline`: an INSERT whose data the engine itself takes from the text. */
  | { kind: 'other'; end: number; format?: string | undefined; first: string; inline: boolean }

/** What may stand before `FORMAT` as a name of a column or table, so that it is no clause. */
const NO_CLAUSE_AFTER = new Set([
  'select',
  'from',
  'join',
  'as',
  'by',
  'where',
  'having',
  'on',
  'and',
  'or',
  'not',
  'distinct',
  'table',
])

/** Refuses what a server refuses over HTTP: files of its own disk. */
function refuseFiles(list: readonly Token[]): void {
  list.forEach((token, index) => {
    const next = list[index + 1]?.text
    const before = list[index - 1]?.text
    if (token.text === 'into' && next === 'outfile' && before !== 'insert')
      throw new ServerException(358, 'INTO_OUTFILE_NOT_ALLOWED', 'INTO OUTFILE is not allowed')
    if (token.text === 'from' && next === 'infile' && list[index + 2]?.type === 'string')
      throw new ServerException(
        78,
        'UNKNOWN_TYPE_OF_QUERY',
        'Query has infile and was send directly to server',
      )
  })
}

/** Where data begins after `FORMAT Name`: after blanks and at most one line end. Source: the server's ParserInsertQuery. */
function dataStart(text: string, at: number): number {
  let start = at
  while (text[start] === ' ' || text[start] === '\t' || text[start] === '\f') start += 1
  if (text[start] === '\r') start += 1
  if (text[start] === '\n') start += 1
  return start
}

function insertStatement(text: string): Statement | undefined {
  const seen: Token[] = []
  for (const token of tokens(text)) {
    seen.push(token)
    if (token.type !== 'word' || token.depth > 0) continue
    const before = seen[seen.length - 2]
    // A name, not a keyword: the table itself, or the part after a dot.
    if (
      !before ||
      before.text === '.' ||
      before.text === 'into' ||
      before.text === 'table' ||
      before.text === 'function'
    )
      continue
    if (token.text === 'select' || token.text === 'with' || token.text === 'watch') return undefined
    if (token.text === 'infile') refuseFiles([...seen, { ...token, type: 'string' }])
    if (token.text === 'values')
      return {
        kind: 'insert',
        head: text.slice(0, token.start),
        format: 'Values',
        dataAt: token.end,
        table: '',
      }
    if (before.text !== 'format') continue
    const head = text.slice(0, before.start)
    const format = text.slice(token.start, token.end)
    const rest = settingsAfterFormat(text, token.end)
    return {
      kind: 'insert',
      head: `${head} ${rest.clause}`,
      format,
      dataAt: dataStart(text, rest.end),
      table: '',
    }
  }
  return undefined
}

/** `SETTINGS a = 1, b = 'x'` may follow the format's name; it belongs to the statement, not to the data. */
function settingsAfterFormat(text: string, at: number): { clause: string; end: number } {
  const none = { clause: '', end: at }
  const list = tokens(text.slice(at, at + 65_536))
  const first = list.next().value as Token | undefined
  if (first?.text !== 'settings') return none
  let end = first.end
  for (;;) {
    const [name, equals, value] = [list.next().value, list.next().value, list.next().value] as (
      | Token
      | undefined
    )[]
    if (name?.type !== 'word' || equals?.text !== '=' || !value) return none
    end = value.end
    const rest = /^\s*,/.exec(text.slice(at + end, at + end + 64))
    if (!rest) return { clause: text.slice(at, at + end), end: at + end }
    list.next()
  }
}

/** Reads a statement. `bytes` is the text and, for an INSERT, at least the beginning of its data. @throws ServerException */
export function readStatement(bytes: Uint8Array): Statement {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  const first = tokens(text).next().value as Token | undefined
  if (!first) throw new ServerException(62, 'SYNTAX_ERROR', 'Empty query')
  if (first.text === 'insert') {
    const insert = insertStatement(text)
    if (insert) return insert
  }
  const list = [...tokens(text)]
  refuseFiles(list)
  const inline =
    first.text === 'insert' &&
    list.some((token, index) => token.text === 'input' && list[index + 1]?.text === '(')
  const semicolon = inline ? -1 : list.findIndex((token) => token.text === ';')
  const last = semicolon < 0 ? list.length : semicolon
  if (semicolon >= 0 && list.slice(semicolon).some((token) => token.text !== ';')) {
    const at = list[semicolon]?.start ?? 0
    const rest = Buffer.from(bytes.subarray(at, at + 160)).toString()
    const message = `Syntax error (Multi-statements are not allowed): failed at position ${at + 1} (end of query): ${rest}. `
    throw new ServerException(62, 'SYNTAX_ERROR', message)
  }
  const end = list[semicolon]?.start ?? bytes.byteLength
  const clause = formatClause(list.slice(0, last))
  const format = clause && text.slice(clause.name.start, clause.name.end)
  const isSelect =
    ['select', 'with', 'from', '('].includes(first.text) &&
    !list.some((token) => token.depth === 0 && token.text === 'insert')
  if (isSelect) return { kind: 'select', end, outputAt: clause?.at ?? end, format }
  return { kind: 'other', end, format, first: first.text, inline }
}

/** The trailing `FORMAT Name [SETTINGS …]` of a query, if it has one. */
function formatClause(list: readonly Token[]): { at: number; name: Token } | undefined {
  for (let index = list.length - 2; index > 0; index -= 1) {
    const [before, token, name, after] = [list[index - 1], list[index], list[index + 1], list[index + 2]]
    if (token?.depth !== 0 || token.type !== 'word' || token.text !== 'format') continue
    const isClause =
      name?.type === 'word' &&
      (!after || after.text === 'settings') &&
      before &&
      !NO_CLAUSE_AFTER.has(before.text)
    if (!isClause || (before.type === 'other' && !')]}*'.includes(before.text))) continue
    return { at: token.start, name }
  }
  return undefined
}

/** A string literal. */
export function literal(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\0', '\\0')}'`
}

/** A quoted identifier. */
export function identifier(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('\0', '\\0')}\``
}
