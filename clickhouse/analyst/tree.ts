/**
 * The engine's own syntax tree of a SELECT, as `EXPLAIN AST` prints it: a node a line. It promises: every line is one of the
 * nodes listed here, or the statement is refused. A name with a line break in it can add lines, but hide none.
 */
import { SqlRefused } from './refusal.ts'

/** What a query may be made of. `Set`, the SETTINGS clause, is not among them. */
const NODES: ReadonlySet<string> = new Set([
  'ArrayJoin',
  'Asterisk',
  'ColumnsApplyTransformer',
  'ColumnsExceptTransformer',
  'ColumnsListMatcher',
  'ColumnsRegexpMatcher',
  'ColumnsReplaceTransformer',
  'ColumnsReplaceTransformer::Replacement',
  'ColumnsTransformerList',
  'ExpressionList',
  'Function',
  'Identifier',
  'InterpolateElement',
  'Literal',
  'OrderByElement',
  'QualifiedAsterisk',
  'QualifiedColumnsListMatcher',
  'QualifiedColumnsRegexpMatcher',
  'SampleRatio',
  'SelectIntersectExceptQuery',
  'SelectQuery',
  'SelectWithUnionQuery',
  'Subquery',
  'TableExpression',
  'TableIdentifier',
  'TableJoin',
  'TablesInSelectQuery',
  'TablesInSelectQueryElement',
  'WindowDefinition',
  'WindowListElement',
  'WithElement',
])

/** What a SETTINGS clause is told. */
export const NO_SETTINGS = 'A SETTINGS clause is not allowed: what may be set is set for you.'

export interface Node {
  readonly kind: string
  /** Of functions, identifiers and tables. */
  readonly name: string
  readonly children: number
}

const NODE = /^ *([A-Za-z]\w*(?:::\w+)?)(?: (.*))?$/
const CHILDREN = / ?\(children (\d+)\)$/
const ALIAS = / ?\(alias .*\)$/

/** The nodes of a tree, in its order. @throws SqlRefused for anything but a SELECT, and for what a SELECT may not have */
export function readTree(lines: readonly string[]): Node[] {
  const nodes = lines.map((line) => {
    const [, kind = '', rest = ''] = NODE.exec(line) ?? []
    if (kind === 'Set') throw new SqlRefused('settings', NO_SETTINGS)
    if (!NODES.has(kind))
      throw new SqlRefused('construct', `This part of SQL is not allowed here: ${kind || line.trim()}.`)
    const children = Number(CHILDREN.exec(rest)?.[1] ?? 0)
    return { kind, name: rest.replace(CHILDREN, '').replace(ALIAS, ''), children }
  })
  if (nodes[0]?.kind !== 'SelectWithUnionQuery')
    throw new SqlRefused('statement', 'Only SELECT statements are allowed.')
  return nodes
}
