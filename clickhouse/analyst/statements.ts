/** Statements about tables, which have no tree to judge: each must read exactly as here, in the engine's own writing. */

const NAME = '(?:[A-Za-z_]\\w*|`[\\w.]+`)'
const TABLE = `(${NAME}(?:\\.${NAME})?)`
const LIKE = "(?: (?:NOT )?I?LIKE '(?:[^'\\\\]|\\\\.)*')?(?: LIMIT \\d+)?"

/** With the name of the table it is about, if it is about one. */
const STATEMENTS: readonly RegExp[] = [
  new RegExp(`^SHOW (?:FULL )?TABLES(?: FROM ${NAME})?${LIKE}$`),
  new RegExp(`^SHOW DATABASES${LIKE}$`),
  new RegExp(`^SHOW CREATE (?:TABLE|VIEW) ${TABLE}$`),
  new RegExp(`^DESCRIBE TABLE ${TABLE}$`),
  new RegExp(`^EXISTS (?:TABLE|VIEW) ${TABLE}$`),
]

/** The tables such a statement names; undefined when it is none of these. */
export function readCatalogueStatement(sql: string): string[] | undefined {
  for (const pattern of STATEMENTS) {
    const match = pattern.exec(sql)
    if (match) return match[1] === undefined ? [] : [match[1].replaceAll('`', '')]
  }
  return undefined
}
