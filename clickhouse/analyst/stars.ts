/**
 * `*` of a system table, as far as a person may read it: database tools list tables with it. It promises: what is returned
 * reads none of the columns that tell where ClickHouse keeps its files.
 */
import { tokens } from '../server/tokens.ts'
import { SqlRefused } from './refusal.ts'
import type { Node } from './tree.ts'
import { PATH_COLUMNS } from './views.ts'

/** What may stand before a `*` that is a list of columns by itself. */
const BEFORE = new Set(['select', 'distinct', ','])

/**
 * The statement with every `*` less those columns.
 * @param sql in the engine's own writing @param nodes its tree
 * @throws SqlRefused for one that is written in another way: `t.*`, `COLUMNS('…')`, `tuple(*)`
 */
export function withoutPaths(sql: string, nodes: readonly Node[]): string {
  const latin = Buffer.from(sql, 'utf8').toString('latin1')
  const list = [...tokens(latin)]
  const before = (index: number) => list[index - 1]?.text ?? ''
  const stars = list.flatMap((token, index) => {
    const counts = before(index) === '(' && list[index - 2]?.text === 'count'
    return token.text === '*' && token.type === 'other' && (BEFORE.has(before(index)) || counts)
      ? [{ end: token.end, counts }]
      : []
  })
  const told = nodes.filter(({ kind }) => kind.includes('Asterisk') || kind.includes('Matcher')).length
  const changed = nodes.some(({ kind }) => kind.startsWith('Columns') && kind !== 'ColumnsRegexpMatcher')
  if (stars.length !== told || changed)
    throw new SqlRefused(
      'column',
      'Name the columns: of system.tables and system.databases only a plain * is read, without where their files are.',
    )
  let out = ''
  let at = 0
  for (const { end, counts } of stars) {
    out += latin.slice(at, end) + (counts ? '' : ` EXCEPT (${PATH_COLUMNS.join(', ')})`)
    at = end
  }
  return Buffer.from(out + latin.slice(at), 'latin1').toString('utf8')
}
