/** What the tree does not tell, read from the words of the engine's own writing of a statement. */
import { tokens } from '../server/tokens.ts'

const listOf = (sql: string) => [...tokens(Buffer.from(sql, 'utf8').toString('latin1'))]

/** Names of common table expressions: plain ones only, so that none can pass for a table of another database. */
export function cteNames(sql: string): ReadonlySet<string> {
  const list = listOf(sql)
  const names = list.flatMap((token, index) => {
    const isName = token.type === 'word' || token.type === 'name'
    const isCte = isName && list[index + 1]?.text === 'as' && list[index + 2]?.text === '('
    if (!isCte) return []
    // Tokens are lower-case; the tree has names as they were written.
    const written = Buffer.from(sql, 'utf8')
      .toString('latin1')
      .slice(token.start, token.end)
      .replaceAll('`', '')
    return /^[A-Za-z_]\w*$/.test(written) ? [written] : []
  })
  return new Set(names)
}

interface Words {
  readonly hasOutfile: boolean
  readonly hasIdentifierParameter: boolean
  /** Functions named by APPLY. */
  readonly applied: readonly string[]
}

/** Reads them. */
export function readWords(sql: string): Words {
  const latin = Buffer.from(sql, 'utf8').toString('latin1')
  const list = listOf(sql)
  const at = (index: number) => list[index]?.text
  const written = (index: number) => {
    const token = list[index]
    return token ? latin.slice(token.start, token.end) : ''
  }
  const applied: string[] = []
  list.forEach((token, index) => {
    if (token.text === 'apply' && token.type === 'word') {
      const name = at(index + 1) === '(' ? index + 2 : index + 1
      // A lambda begins with its argument; what it calls stands before a bracket.
      if (at(name + 1) !== '-') applied.push(written(name))
    }
    if (token.type !== 'string' && at(index + 1) === '(' && list[index + 1]?.type === 'other')
      if (/^[\w`"]+$/.test(written(index)) && !BEFORE_BRACKET.has(token.text)) applied.push(written(index))
  })
  return {
    hasOutfile: list.some((token, index) => token.text === 'into' && at(index + 1) === 'outfile'),
    hasIdentifierParameter: list.some(
      (token, index) => token.text === '{' && at(index + 2) === ':' && at(index + 3) === 'identifier',
    ),
    applied,
  }
}

/** Words that a bracket may follow without being called. */
const BEFORE_BRACKET: ReadonlySet<string> = new Set(
  'select,from,as,in,and,or,not,on,using,where,prewhere,having,by,over,with,recursive,union,all,distinct,except,intersect,replace,apply,columns,limit,offset,when,then,else,case,join,any,values,interval,between,like,ilike,qualify,window,partition,order,rollup,cube,sets,grouping,array,exists,is,null,strict,filter,if'.split(
    ',',
  ),
)
