/**
 * The gate every statement of a person passes before it runs. It promises: what passes only reads the listed views and
 * computes; and what is returned is the engine's own writing of the statement, so that nothing is run but what was judged.
 *
 * ClickHouse's parser does the reading (`formatQuery`, then `EXPLAIN AST`); here its tree is held against lists. The role, the
 * filters and the limits of `scope.ts` hold besides.
 */
import type { Ask, Values } from './ask.ts'
import { type FunctionList, readFunctionList, TABLE_FUNCTIONS } from './functions.ts'
import { SqlRefused } from './refusal.ts'
import { withoutPaths } from './stars.ts'
import { readCatalogueStatement } from './statements.ts'
import { NO_SETTINGS, type Node, readTree } from './tree.ts'
import { ANALYST_VIEWS, PATH_COLUMNS, SYSTEM_TABLES } from './views.ts'
import { cteNames, readWords } from './words.ts'

export interface Passed {
  /** What may run, without a FORMAT clause. */
  readonly sql: string
  /** The format the statement asked for. */
  readonly format: string | undefined
  /** Whether it is a SELECT, whose rows can be drawn, and not about tables or plans. */
  readonly isSelect: boolean
}

export type Gate = (ask: Ask, text: string, values?: Values) => Promise<Passed>

const MAX_BYTES = 100_000
const EXPLAIN =
  /^EXPLAIN (?:(?:PLAN|SYNTAX|AST|QUERY TREE|PIPELINE|ESTIMATE) )?(?:(?:actions|description|header|indexes|json|projections) = [01](?:, | ))*/
const DESCRIBE = /^(DESCRIBE TABLE \()(.*)\)$/
const FORMAT = /\sFORMAT (\w+)$/
const FORMATS =
  /^(JSON\w*|NDJSON|CSV\w*|TSV\w*|TabSeparated\w*|TSKV|Parquet|Arrow|ArrowStream|ORC|Avro|Native|RowBinary\w*|Pretty\w*|Vertical|Markdown|MD|XML|Values|MsgPack|Npy|Null|LineAsString|One)$/

/** A gate for tables in `database`. The engine's list of functions is read once. */
export function createGate(database: string): Gate {
  let functions: Promise<FunctionList> | undefined
  return async (ask, text, values = []) => {
    if (Buffer.byteLength(text) > MAX_BYTES)
      throw new SqlRefused('too_large', `A statement has at most ${MAX_BYTES} bytes.`)
    const { body, format } = await canonical(ask, text)
    if (format !== undefined) refuseFormat(format)
    const names = readCatalogueStatement(body)
    if (names) {
      for (const name of names) judgeTable(name, database, new Set())
      return { sql: body, format, isSelect: false }
    }
    const [before, select, after] = selectIn(body)
    if (!/^(SELECT|WITH|\()/.test(select))
      throw new SqlRefused('statement', 'Only SELECT, EXPLAIN, SHOW TABLES and DESCRIBE are allowed.')
    const nodes = readTree(await parsed(() => ask(`EXPLAIN AST ${select}`, values)))
    functions ??= readFunctionList(ask).catch((error) => {
      functions = undefined
      throw error
    })
    const judged = judge(nodes, select, database, await functions)
    return { sql: `${before}${judged}${after}`, format, isSelect: before === '' }
  }
}

/** The SELECT of a statement, and what stands around it: EXPLAIN, or DESCRIBE of what it would answer. */
function selectIn(body: string): [before: string, select: string, after: string] {
  const [, before = '', select = ''] = DESCRIBE.exec(body) ?? []
  if (before) return [before, select, ')']
  const explain = EXPLAIN.exec(body)?.[0] ?? ''
  return [explain, body.slice(explain.length), '']
}

/** The statement as the engine writes it: no comments, one statement, keywords in capitals, names quoted where they must be. */
async function canonical(ask: Ask, text: string): Promise<{ body: string; format: string | undefined }> {
  // As hexadecimal digits the text can be nothing but a value, and is no part of an address, which has a shorter limit.
  const digits = Buffer.from(text).toString('hex')
  const lines = await parsed(() => ask(`SELECT formatQuerySingleLine(unhex('${digits}')) AS line`))
  const whole = lines.join('\n')
  const format = FORMAT.exec(whole)?.[1]
  const body = format === undefined ? whole : whole.slice(0, -` FORMAT ${format}`.length)
  const words = readWords(whole)
  if (words.hasOutfile)
    throw new SqlRefused('outfile', 'INTO OUTFILE is not allowed: download the result instead.')
  if (words.hasIdentifierParameter)
    throw new SqlRefused('parameter', 'A parameter cannot stand for the name of a table or column.')
  return { body, format }
}

/** Code of ClickHouse for what its parser does not take, and for parsers of other languages. */
const SYNTAX_CODES = new Set(['62', '6', '27', '36', '117', '162', '167', '168', '306', '344', '636'])

/** READONLY, UNKNOWN_SETTING, SETTING_CONSTRAINT_VIOLATION: the engine judges a SETTINGS clause while it parses. */
const SETTING_CODES = new Set(['164', '115', '452'])

async function parsed(read: () => Promise<string[]>): Promise<string[]> {
  try {
    return await read()
  } catch (error) {
    const { code, message = '' } = error as { code?: string; message?: string }
    if (SETTING_CODES.has(String(code))) throw new SqlRefused('settings', NO_SETTINGS)
    // The embedded server refuses file() before it parses.
    if (code === '497') throw new SqlRefused('function', message)
    if (!SYNTAX_CODES.has(String(code))) throw error
    const words = message
      .replace(/^Code: \d+\. DB::Exception: /, '')
      .replace(/:? In scope SELECT formatQuery[\s\S]*$/, '')
      .replace(/ Expected one of: [\s\S]*$/, '')
      .replace(/\. \([A-Z_]+\)[\s\S]*$/, '')
    if (/Multi-statements/.test(words))
      throw new SqlRefused('statement', 'One statement at a time: there is something after the semicolon.')
    throw new SqlRefused('syntax', words.trim())
  }
}

function refuseFormat(format: string): void {
  if (!FORMATS.test(format)) throw new SqlRefused('format', `The format ${format} is not allowed.`)
}

/** Holds a tree against the lists. @returns the SELECT that may run @throws SqlRefused */
function judge(nodes: readonly Node[], select: string, database: string, mayCall: FunctionList): string {
  const ctes = cteNames(select)
  const tables = new Set<string>()
  nodes.forEach(({ kind, name }, index) => {
    if (kind === 'TableIdentifier') tables.add(judgeTable(name, database, ctes))
    if (kind === 'Identifier') judgeIdentifier(name, nodes.slice(Math.max(0, index - 2), index))
    if (kind !== 'Function') return
    if (nodes[index - 1]?.kind === 'TableExpression') judgeTableFunction(name)
    else judgeFunction(name, mayCall)
  })
  // What APPLY calls is not in the tree.
  if (nodes.some(({ kind }) => kind === 'ColumnsApplyTransformer'))
    for (const name of readWords(select).applied) judgeFunction(name, mayCall)
  const hasStar = nodes.some(({ kind }) => kind.includes('Asterisk') || kind.includes('Matcher'))
  const hasPaths = tables.has('system.tables') || tables.has('system.databases')
  return hasStar && hasPaths ? withoutPaths(select, nodes) : select
}

/** The table's name with its database. */
function judgeTable(name: string, database: string, ctes: ReadonlySet<string>): string {
  if (ctes.has(name)) return name
  const whole = name.includes('.') ? name : `${database}.${name}`
  const lower = whole.toLowerCase()
  if ((SYSTEM_TABLES as readonly string[]).includes(lower)) return lower
  const own = whole.startsWith(`${database}.`) && whole.slice(database.length + 1)
  if (own && (ANALYST_VIEWS as readonly string[]).includes(own)) return whole
  throw new SqlRefused('table', `The table ${name} is not one of those you may read.`)
}

const SYSTEM = /^(system|information_schema)\./i

/** `x IN system.users` names a table where a column could stand. @param above the two nodes before it */
function judgeIdentifier(name: string, above: readonly Node[]): void {
  // Older JDBC drivers ask with it which tables are remote; it says whether there is a path, not which.
  const [caller, list] = above
  const isEmpty = caller?.kind === 'Function' && caller.name === 'empty' && list?.children === 1
  if (!isEmpty && PATH_COLUMNS.some((column) => name === column || name.endsWith(`.${column}`)))
    throw new SqlRefused('column', `The column ${name} is not one of those you may read.`)
  if (!SYSTEM.test(name)) return
  const lower = name.toLowerCase()
  if (SYSTEM_TABLES.some((table) => lower === table || lower.startsWith(`${table}.`))) return
  throw new SqlRefused('table', `The table ${name} is not one of those you may read.`)
}

function judgeTableFunction(name: string): void {
  if (!TABLE_FUNCTIONS.has(name))
    throw new SqlRefused('table_function', `The table function ${name}() is not allowed.`)
}

function judgeFunction(name: string, mayCall: FunctionList): void {
  if (!mayCall(name))
    throw new SqlRefused('function', `The function ${name}() is not one of those you may call.`)
}
