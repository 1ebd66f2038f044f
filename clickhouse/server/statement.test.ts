/** What the HTTP layer takes a text for. */
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { ServerException } from './exceptions.ts'
import { killByComment, readStatement } from './statement.ts'

const read = (text: string) => readStatement(Buffer.from(text))
const select = (text: string) => {
  const statement = read(text)
  if (statement.kind !== 'select') throw new Error(statement.kind)
  return [text.slice(0, statement.outputAt), text.slice(statement.outputAt, statement.end), statement.format]
}
const insert = (text: string) => {
  const statement = read(text)
  if (statement.kind !== 'insert') throw new Error(statement.kind)
  return [statement.head.trim().replace(/\s+/g, ' '), statement.format, text.slice(statement.dataAt)]
}

describe('a SELECT', () => {
  test('takes its output clause before FORMAT, or at the end of its words', () => {
    expect(select('SELECT 1')).toEqual(['SELECT 1', '', undefined])
    expect(select('SELECT 1 ; -- end')).toEqual(['SELECT 1', '', undefined])
    expect(select('select 1 format JSON')).toEqual(['select 1 ', 'format JSON', 'JSON'])
    expect(select('SELECT 1 FORMAT JSON SETTINGS a = 1')).toEqual([
      'SELECT 1 ',
      'FORMAT JSON SETTINGS a = 1',
      'JSON',
    ])
    expect(select('(SELECT 1) UNION ALL (SELECT 2) FORMAT TSV')[2]).toBe('TSV')
    expect(select('WITH 1 AS x SELECT x')[2]).toBeUndefined()
    expect(select('FROM t SELECT a')[2]).toBeUndefined()
  })

  test('is not fooled by names, strings and comments', () => {
    for (const text of [
      'SELECT format FROM t',
      'SELECT a AS format',
      "SELECT 'x FORMAT JSON'",
      'SELECT * FROM format f',
      'SELECT `FORMAT` JSON',
      'SELECT 1 /* FORMAT JSON */',
      'SELECT $$ FORMAT JSON $$',
      'SELECT x.format FROM x',
    ])
      expect([text, select(text)[2]]).toEqual([text, undefined])
  })
})

describe('an INSERT', () => {
  test('ends where its data begins', () => {
    expect(insert("INSERT INTO t VALUES (1, ';')")).toEqual(['INSERT INTO t', 'Values', " (1, ';')"])
    expect(insert('INSERT INTO t (a, b) FORMAT CSV\n1,2\n')).toEqual(['INSERT INTO t (a, b)', 'CSV', '1,2\n'])
    expect(insert('insert into t format RowBinary \t\r\n\n\0')).toEqual([
      'insert into t',
      'RowBinary',
      '\n\0',
    ])
    expect(insert('INSERT INTO t FORMAT JSONEachRow SETTINGS a = 1, b = 2 {"settings":1}')).toEqual([
      'INSERT INTO t SETTINGS a = 1, b = 2',
      'JSONEachRow',
      ' {"settings":1}'.trimStart(),
    ])
    expect(insert('INSERT INTO TABLE db.format SETTINGS a = 1 FORMAT Values (1)')).toEqual([
      'INSERT INTO TABLE db.format SETTINGS a = 1',
      'Values',
      '(1)',
    ])
    expect(insert('INSERT INTO values VALUES (1)')).toEqual(['INSERT INTO values', 'Values', ' (1)'])
    expect(insert("INSERT INTO t SELECT a FROM input('a Int8') FORMAT CSV 1")[1]).toBe('CSV')
  })

  test('from a SELECT has none', () => {
    expect(read('INSERT INTO t SELECT 1').kind).toBe('other')
    expect(read('INSERT INTO t WITH 1 AS x SELECT x').kind).toBe('other')
  })
})

test('files of the server are refused, names like them are not', () => {
  const refused = [
    "SELECT 1 INTO OUTFILE 'x'",
    "SELECT 1 INTO/**/OUTFILE 'x' FORMAT CSV",
    "(SELECT 1) into\noutfile 'x'",
    "INSERT INTO t FROM INFILE 'x' FORMAT CSV",
    "SELECT file('x')",
    "SELECT `file`('x')",
    'SELECT "FILE" (\'x\')',
    "EXPLAIN SELECT 1 INTO OUTFILE 'x'",
  ]
  for (const text of refused) expect(() => read(text)).toThrow(ServerException)
  for (const text of [
    'SELECT file FROM t',
    'INSERT INTO outfile VALUES (1)',
    'INSERT INTO file (a) VALUES (1)',
    "SELECT 'INTO OUTFILE'",
    'SELECT 1 -- INTO OUTFILE',
  ])
    read(text)
})

test('several statements are refused, a last semicolon is not', () => {
  expect(() => read('SELECT 1; SELECT 2')).toThrow('Multi-statements are not allowed')
  expect(() => read('DROP TABLE a; DROP TABLE b')).toThrow('Multi-statements are not allowed')
  expect(read("SELECT ';' ;;").kind).toBe('select')
  for (const text of ['', '  ', '-- only a comment', '/* x */'])
    expect(() => read(text)).toThrow('Empty query')
})

test('KILL QUERY asks for the id of the client', () => {
  expect(killByComment("KILL QUERY WHERE query_id = 'query_id sync' SYNC")).toBe(
    "KILL QUERY WHERE Settings['log_comment'] = 'query_id sync' ASYNC",
  )
})

test('no text breaks it', () => {
  const words = fc.constantFrom(
    'SELECT',
    'INSERT INTO',
    'FORMAT',
    'VALUES',
    "'",
    '"',
    '`',
    '(',
    ')',
    ';',
    '--',
    '/*',
    '*/',
    '$$',
    '\\',
    'input(',
    'SETTINGS',
    '=',
    ',',
    '\n',
    '\0',
    'a',
    'é',
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(words, fc.string({ maxLength: 5 })), { maxLength: 30 }), (parts) => {
      const bytes = Buffer.from(parts.join(' '))
      try {
        const statement = readStatement(bytes)
        const at = statement.kind === 'insert' ? statement.dataAt : statement.end
        return at >= 0 && at <= bytes.byteLength
      } catch (error) {
        return error instanceof ServerException
      }
    }),
    { numRuns: 2000 },
  )
})
