/**
 * Where an INSERT ends and its data begins. Three kinds carry data: `VALUES`, `FORMAT Name`, and a SELECT from `input(…)` with
 * a format. Source: the server's `ParserInsertQuery.cpp`.
 */
import { type Token, tokens } from './tokens.ts'

export interface InsertStatement {
  kind: 'insert'
  /** The statement without its FORMAT clause and data. */
  head: string
  format: string
  /** The byte where the data begins. */
  dataAt: number
  /** In `head`, where `input(…)` is and its arguments end: the embedded engine reads no data there. */
  input?: Input | undefined
}

interface Input {
  start: number
  argumentsAt: number
  end: number
}

/** Words after which a word is a name. */
const BEFORE_NAMES = new Set(['.', 'into', 'table', 'function'])

/** Reads an INSERT; undefined when it carries no data. `text` needs to hold its head, not its data. */
export function readInsert(text: string): InsertStatement | undefined {
  const seen: Token[] = []
  const names = new Set<Token>()
  let selects = false
  for (const token of tokens(text)) {
    const before = seen.at(-1)
    if (before && BEFORE_NAMES.has(before.text) && !names.has(before)) names.add(token)
    const isKeyword = token.type === 'word' && token.depth === 0 && !names.has(token)
    seen.push(token)
    if (!isKeyword) continue
    if (token.text === 'watch') return undefined
    if (token.text === 'select' || token.text === 'with') selects = true
    const afterFormat = before?.text === 'format' && before.type === 'word' && !names.has(before)
    if (token.text === 'values' && !selects && !afterFormat)
      return { kind: 'insert', head: text.slice(0, token.start), format: 'Values', dataAt: token.end }
    if (!before || !afterFormat) continue
    const input = selects ? inputOf(seen) : undefined
    if (!selects || input) return withFormat(text, before, token, input)
  }
  return undefined
}

function inputOf(seen: readonly Token[]): Input | undefined {
  const at = seen.findIndex((token, index) => token.text === 'input' && seen[index + 1]?.text === '(')
  const [input, open] = [seen[at], seen[at + 1]]
  const close = seen.slice(at + 2).find((token) => token.text === ')' && token.depth === open?.depth)
  return input && open && close && { start: input.start, argumentsAt: open.end, end: close.start }
}

function withFormat(text: string, clause: Token, name: Token, input: Input | undefined): InsertStatement {
  const rest = settingsAfterFormat(text, name.end)
  const head = `${text.slice(0, clause.start)} ${rest.clause}`
  return {
    kind: 'insert',
    head,
    format: text.slice(name.start, name.end),
    dataAt: dataStart(text, rest.end),
    input,
  }
}

/** Where data begins after `FORMAT Name`: after blanks and at most one line end. */
function dataStart(text: string, at: number): number {
  let start = at
  while (text[start] === ' ' || text[start] === '\t' || text[start] === '\f') start += 1
  if (text[start] === '\r') start += 1
  if (text[start] === '\n') start += 1
  return start
}

const MOST_SETTINGS_BYTES = 65_536

/** `SETTINGS a = 1, b = 'x'` may follow the format's name; it belongs to the statement, not to the data. */
function settingsAfterFormat(text: string, at: number): { clause: string; end: number } {
  const none = { clause: '', end: at }
  const list = tokens(text.slice(at, at + MOST_SETTINGS_BYTES))
  const next = () => list.next().value as Token | undefined
  if (next()?.text !== 'settings') return none
  for (;;) {
    const [name, equals, value] = [next(), next(), next()]
    if (name?.type !== 'word' || equals?.text !== '=' || !value) return none
    const end = at + value.end
    if (!/^\s*,/.test(text.slice(end, end + 64))) return { clause: text.slice(at, end), end }
    next()
  }
}
