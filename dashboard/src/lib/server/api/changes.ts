/** Documented calls that change what people keep (segments, boards, statements, notes, costs) and that run statements. */
import { type TSchema, Type } from '@sinclair/typebox'
import { MAX_ANNOTATION } from '#lib/annotations.ts'
import { DRAWINGS } from '#lib/sql/saved.ts'
import type { Operation, Parameter } from './operation.ts'
import * as takes from './parameters.ts'
import * as of from './schemas.ts'

const KEPT = 'Kept things'
const SQL = 'SQL'
const { site, needed } = takes

/** A body of these fields and no others. */
export const fields = (known: Record<string, TSchema>) => Type.Object(known, { additionalProperties: false })
const optional = (known: Record<string, TSchema>) =>
  Object.fromEntries(Object.entries(known).map(([name, schema]) => [name, Type.Optional(schema)]))

const Name = Type.String({ minLength: 1, maxLength: 120, pattern: '\\S' })
const id = (about: string): Record<string, Parameter> => ({
  id: needed(about, '00000000-0000-4000-8000-000000000000'),
})

const segment = {
  name: Name,
  definition: Type.Object({
    match: Type.Union([Type.Literal('all'), Type.Literal('any')]),
    of: Type.Array(Type.Any(), { description: 'Conditions, or groups like this one' }),
  }),
}
const segmentCodes = { definition: 'invalid_segment' }
const everybody = { match: 'all', of: [{ field: 'stage', op: 'is', value: ['depositor'] }] }

export const newSegment = {
  schema: fields(segment),
  example: { name: 'Depositors', definition: everybody },
  codes: segmentCodes,
} satisfies Operation['body']

const note = {
  day: of.Day,
  text: Type.String({ minLength: 1, maxLength: MAX_ANNOTATION, pattern: '\\S' }),
  on_links: Type.Boolean({ description: 'Shared links show it too' }),
}
const noteCodes = { day: 'invalid_date' }

const Values = Type.Record(Type.String({ pattern: '^\\w{1,64}$' }), Type.String(), {
  description: 'The values of its places, by name',
})
const Sql = Type.String({ minLength: 1, maxLength: 100_000, pattern: '\\S' })
const query = {
  schema: fields({
    name: Name,
    sql: Sql,
    ...optional({
      values: Values,
      drawing: Type.Union(DRAWINGS.map((name) => Type.Literal(name))),
      shared: Type.Boolean(),
    }),
  }),
  example: { name: 'Visits', sql: 'SELECT count() AS visits FROM events' },
  code: 'bad_input',
} satisfies Operation['body']
const Query = Type.Object({
  id: of.Text,
  name: of.Text,
  sql: of.Text,
  values: Values,
  shared: Type.Boolean(),
})
const BoardHead = { id: of.Text, name: of.Text, shared: Type.Boolean(), mine: Type.Boolean() }
const Board = Type.Object({ ...BoardHead, tiles: Type.Array(Type.Any()) })
const asked = {
  schema: Type.Object({ sql: Type.String({ pattern: '\\S' }), values: Type.Optional(Values) }),
  example: { sql: 'SELECT 1 AS one' },
  code: 'bad_input',
} satisfies Operation['body']

const call = (
  method: Operation['method'],
  path: string,
  summary: string,
  more: Omit<Operation, 'method' | 'path' | 'summary'>,
): Operation => ({ method, path, summary, ...more })

const ofSegment = { tag: KEPT, permission: 'edit', query: site, path_parameters: id('The segment') } as const
const ofNote = { tag: KEPT, permission: 'edit', query: site, path_parameters: id('The note') } as const
const ofQuery = { tag: SQL, permission: 'sql', path_parameters: id('The statement') } as const
const ofBoard = { tag: SQL, permission: 'sql', path_parameters: id('The board') } as const
const gone = { answer: { status: 204 } } as const
const missing = (code: string) => ({ problems: { 404: [code] } })

export const CHANGES: readonly Operation[] = [
  call('PATCH', '/api/segments/{id}', 'Renames a segment, or says anew who is in it', {
    ...ofSegment,
    body: { schema: fields(optional(segment)), example: { name: 'Paying' }, codes: segmentCodes },
    answer: { status: 200, schema: of.Segment },
    ...missing('unknown_segment'),
  }),
  call('DELETE', '/api/segments/{id}', 'Deletes a segment', {
    ...ofSegment,
    ...gone,
    ...missing('unknown_segment'),
  }),
  call('POST', '/api/annotations', 'Adds a note to a day', {
    tag: KEPT,
    permission: 'edit',
    query: takes.range,
    body: {
      schema: fields({ day: note.day, text: note.text, ...optional({ on_links: note.on_links }) }),
      example: { day: '2026-01-31', text: 'A launch' },
      codes: noteCodes,
    },
    answer: { status: 201, schema: of.Note },
  }),
  call('PATCH', '/api/annotations/{id}', 'Changes a note', {
    ...ofNote,
    body: { schema: fields(optional(note)), example: { text: 'The launch' }, codes: noteCodes },
    answer: { status: 200, schema: of.Note },
    ...missing('unknown_annotation'),
  }),
  call('DELETE', '/api/annotations/{id}', 'Deletes a note', {
    ...ofNote,
    ...gone,
    ...missing('unknown_annotation'),
  }),

  call('POST', '/api/sql/run', 'Runs a statement: its columns, rows and progress as lines of JSON', {
    tag: SQL,
    permission: 'sql',
    body: asked,
    answer: { status: 200 },
  }),
  call('POST', '/api/sql/estimate', 'What a statement would read, without running it', {
    tag: SQL,
    permission: 'sql',
    body: asked,
    answer: { status: 200 },
  }),
  call('POST', '/api/sql/format', 'A statement as ClickHouse lays it out', {
    tag: SQL,
    permission: 'sql',
    body: asked,
    answer: { status: 200, schema: Type.Object({ sql: of.Text }) },
  }),
  call('GET', '/api/queries', 'Statements the caller keeps, and those shared with it', {
    tag: SQL,
    permission: 'sql',
    answer: { status: 200, schema: Type.Array(Query) },
  }),
  call('POST', '/api/queries', 'Keeps a statement', {
    tag: SQL,
    permission: 'sql',
    body: query,
    answer: { status: 201, schema: Query },
  }),
  call('GET', '/api/queries/{id}', 'Runs a kept statement', {
    ...ofQuery,
    query: {
      as: {
        about: 'A file; rows as JSON without it',
        schema: Type.Union(['json', 'csv', 'parquet'].map((kind) => Type.Literal(kind))),
        code: 'bad_input',
      },
    },
    patterned: { name: 'places', pattern: '^\\w{1,64}$', about: 'The values of its places, by name' },
    answer: { status: 200 },
    ...missing('not_found'),
  }),
  call('PUT', '/api/queries/{id}', 'Changes a kept statement', {
    ...ofQuery,
    body: query,
    answer: { status: 200, schema: Query },
    ...missing('not_found'),
  }),
  call('GET', '/api/boards', 'Boards the caller sees', {
    tag: SQL,
    permission: 'sql',
    answer: { status: 200, schema: Type.Array(Type.Object(BoardHead)) },
  }),
  call('POST', '/api/boards', 'Makes an empty board', {
    tag: SQL,
    permission: 'sql',
    body: { schema: fields({ name: Name }), example: { name: 'Mornings' }, code: 'bad_input' },
    answer: { status: 201, schema: Type.Object({ id: of.Text }) },
  }),
  call('POST', '/api/boards/{id}/tiles', 'Puts a kept statement on a board, last', {
    ...ofBoard,
    body: {
      schema: fields({ query_id: Type.String({ minLength: 1, maxLength: 64 }) }),
      example: { query_id: '00000000-0000-4000-8000-000000000000' },
      code: 'bad_input',
    },
    ...gone,
    ...missing('not_found'),
  }),
  call('GET', '/api/boards/{id}', 'A board with its tiles', {
    ...ofBoard,
    answer: { status: 200, schema: Board },
    ...missing('not_found'),
  }),
  call(
    'PUT',
    '/api/boards/{id}',
    'Renames, shares and arranges a board; tiles that are not named are taken off',
    {
      ...ofBoard,
      body: {
        schema: fields({
          name: Name,
          ...optional({
            shared: Type.Boolean(),
            tiles: Type.Array(fields({ id: of.Text, wide: Type.Boolean() }), { maxItems: 100 }),
          }),
        }),
        example: { name: 'Evenings', shared: true },
        code: 'bad_input',
      },
      answer: { status: 200, schema: Board },
      ...missing('not_found'),
    },
  ),
  call('DELETE', '/api/boards/{id}', 'Deletes a board', { ...ofBoard, ...gone, ...missing('not_found') }),
  call('DELETE', '/api/queries/{id}', 'Deletes a kept statement', {
    ...ofQuery,
    ...gone,
    ...missing('not_found'),
  }),
]
