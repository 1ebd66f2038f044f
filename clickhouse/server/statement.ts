/**
 * What the HTTP layer has to know of a statement before the engine parses it: is it a SELECT whose result is streamed, an
 * INSERT with data (and where the data begins), or anything else; which format it names; and whether it touches files.
 * It is no parser: what is wrong beyond this, the engine says.
 */
import { ServerException } from './exceptions.ts'
import { type InsertStatement, readInsert } from './insert-statement.ts'
import { type Token, tokens } from './tokens.ts'

export type Statement =
  /** Streamed: `INTO OUTFILE` goes at byte `outputAt`; `format` when the text names one. */
  | { kind: 'select'; end: number; outputAt: number; format?: string | undefined }
  | InsertStatement
  /** Run to its end, result in one piece. */
  | { kind: 'other'; end: number; format?: string | undefined; first: string }

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
    if (token.text === 'file' && next === '(' && !['into', 'table', 'function'].includes(before ?? ''))
      throw new ServerException(
        497,
        'ACCESS_DENIED',
        "Not enough privileges. To execute this query, it's necessary to have the grant READ ON FILE",
      )
    if (token.text === 'from' && next === 'infile' && list[index + 2]?.type === 'string')
      throw new ServerException(
        78,
        'UNKNOWN_TYPE_OF_QUERY',
        'Query has infile and was send directly to server',
      )
  })
}

/** Reads a statement. `bytes` is the text and, for an INSERT, at least the beginning of its data. @throws ServerException */
export function readStatement(bytes: Uint8Array): Statement {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  const first = tokens(text).next().value as Token | undefined
  if (!first) throw new ServerException(62, 'SYNTAX_ERROR', 'Empty query')
  if (first.text === '\\')
    throw new ServerException(62, 'SYNTAX_ERROR', `Syntax error: failed at position ${first.start + 1} (\\)`)
  const insert = first.text === 'insert' ? readInsert(text) : undefined
  if (insert) {
    refuseFiles([...tokens(insert.head)])
    return insert
  }
  const list = [...tokens(text)]
  refuseFiles(list)
  const semicolon = list.findIndex((token) => token.text === ';' && token.type === 'other')
  const last = semicolon < 0 ? list.length : semicolon
  if (semicolon >= 0 && list.slice(semicolon).some((token) => token.text !== ';')) {
    const at = list[semicolon]?.start ?? 0
    const rest = Buffer.from(bytes.subarray(at, at + 160)).toString()
    const message = `Syntax error (Multi-statements are not allowed): failed at position ${at + 1} (end of query): ${rest}. `
    throw new ServerException(62, 'SYNTAX_ERROR', message)
  }
  // Up to the last word, not the last byte: what follows may be a comment that would swallow what we append.
  const end = list[last - 1]?.end ?? 0
  const clause = formatClause(list.slice(0, last))
  const format = clause && text.slice(clause.name.start, clause.name.end)
  const isSelect =
    ['select', 'with', 'from', '('].includes(first.text) &&
    !list.some((token) => token.depth === 0 && token.text === 'insert')
  if (isSelect) return { kind: 'select', end, outputAt: clause?.at ?? end, format }
  return { kind: 'other', end, format, first: first.text }
}

/**
 * A KILL QUERY that finds queries by the ids clients gave them: the embedded engine makes ids of its own, and the client's is
 * the query's comment. It returns at once, as without SYNC.
 */
export function killByComment(text: string): string {
  let out = ''
  let at = 0
  for (const token of tokens(text)) {
    const isId = token.text === 'query_id' && token.type !== 'string'
    const isSync = token.text === 'sync' && token.type === 'word'
    if (!isId && !isSync) continue
    out += text.slice(at, token.start) + (isId ? "Settings['log_comment']" : 'ASYNC')
    at = token.end
  }
  return out + text.slice(at)
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
