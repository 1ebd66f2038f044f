/** No view throws, whatever a message holds: each is fed the worst of every column, and uses only functions that cannot throw. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { BUILT_IN_TYPES } from '@rtpx/kafka/event'
import { type ClickHouse, identifier } from '../client.ts'
import { startMigrated, type TestClickHouse } from '../testing.ts'
import { hostileValues } from './hostile-values.ts'
import { throwingCalls } from './throwing.ts'

let started: TestClickHouse
let clickhouse: ClickHouse

beforeAll(async () => {
  // The broker does not exist: what counts is that the doors to the queue stand, with their views.
  started = await startMigrated({ brokers: ['127.0.0.1:1'], requestTimeoutMs: 120_000 })
  clickhouse = started.clickhouse
}, 180_000)
afterAll(() => started?.stop())

interface View {
  readonly name: string
  readonly as_select: string
}

const views = (engine: string) =>
  clickhouse.rows<View>(
    `SELECT name, as_select FROM system.tables WHERE database = 'rtpx' AND engine = {engine:String} ORDER BY name`,
    { engine },
  )

/** The tables that views read: whatever is in them, they get. */
async function sources(): Promise<string[]> {
  const found = (await views('MaterializedView')).flatMap(({ as_select }) =>
    [...as_select.matchAll(/\b(?:FROM|JOIN) rtpx\.(\w+)/g)].map((match) => match[1] ?? ''),
  )
  const fed = await clickhouse.rows<{ name: string }>(
    `SELECT name FROM system.tables WHERE database = 'rtpx' AND engine != 'Kafka' AND name IN {found:Array(String)}`,
    { found },
  )
  return fed.map(({ name }) => name)
}

interface Column {
  readonly name: string
  readonly type: string
}

const columnsOf = (table: string) =>
  clickhouse.rows<Column>(
    `SELECT name, type FROM system.columns WHERE database = 'rtpx' AND table = {table:String} AND default_kind IN ('', 'DEFAULT')`,
    { table },
  )

/**
 * What an ordinary event has, so that a view that asks for a type of event or an amount meets the hostile value beside it.
 * `row` counts the rows, so that every type of event meets every value.
 */
const TYPES = Object.keys(BUILT_IN_TYPES)
const ORDINARY: Readonly<Record<string, string>> = {
  event_id: 'generateUUIDv4()',
  site_id: "'shop'",
  event_type: `arrayElement([${TYPES.map((type) => `'${type}'`).join(', ')}], row % ${TYPES.length} + 1)`,
  player_id: "arrayElement(['', 'p1'], row % 2 + 1)",
  visitor_id: "'v1'",
  session_id: "'s1'",
  occurred_at: "now64(3, 'UTC')",
  created_at: "now64(3, 'UTC')",
  queue_time: "now64(3, 'UTC')",
  event_date: 'today()',
  amount: "CAST('1.5' AS Nullable(Decimal(28, 8)))",
  currency: "'EUR'",
  transaction_id: "'t1'",
  path: "'/a'",
}

/** Rows with these values of some columns, in place of the ordinary ones. */
interface Rows {
  readonly values: ReadonlyMap<string, string>
  readonly count: number
}

async function feed(table: string, many: readonly Rows[]): Promise<void> {
  const columns = await columnsOf(table)
  const names = columns
    .map(({ name }) => name)
    .filter((name) => name in ORDINARY || many.some(({ values }) => values.has(name)))
  const fallback = new Map(
    columns.map(({ name, type }) => [name, `defaultValueOfTypeName('${type.replaceAll("'", "\\'")}')`]),
  )
  const selects = many.map(
    ({ values, count }) =>
      `SELECT ${names.map((name) => values.get(name) ?? ORDINARY[name] ?? fallback.get(name)).join(', ')}
       FROM (SELECT arrayJoin(range(${count})) AS row)`,
  )
  await clickhouse.command(
    `INSERT INTO ${identifier(table)} (${names.join(', ')}) ${selects.join(' UNION ALL ')}`,
  )
}

/** For each column the rows in which it alone is hostile. */
async function hostileColumns(table: string): Promise<(Rows & { readonly name: string })[]> {
  return (await columnsOf(table)).flatMap(({ name, type }) => {
    const values = hostileValues(type)
    if (values.length === 0) return []
    const value = `arrayElement([${values.join(', ')}], intDiv(row, ${TYPES.length}) + 1)`
    return [{ name, values: new Map([[name, value]]), count: values.length * TYPES.length }]
  })
}

describe('every materialized view', () => {
  test('takes the worst of every column, one at a time', async () => {
    const failures: string[] = []
    for (const table of await sources()) {
      const columns = await hostileColumns(table)
      const failed = await feed(table, columns).then(
        () => false,
        () => true,
      )
      // All at once is quick; which column it was is asked only when there is one.
      if (failed)
        for (const column of columns)
          await feed(table, [column]).catch((error: Error) =>
            failures.push(`${table}.${column.name}: ${error.message}`),
          )
    }
    expect(failures).toEqual([])
  }, 120_000)

  test('takes rows that are nothing but garbage, and a block of all months there are', async () => {
    for (const table of await sources()) {
      const values = new Map(
        (await columnsOf(table)).flatMap(({ name, type }) => {
          const hostile = hostileValues(type)
          const at = `(row * 7 + ${name.length}) % ${hostile.length} + 1`
          return hostile.length === 0 ? [] : [[name, `arrayElement([${hostile.join(', ')}], ${at})`] as const]
        }),
      )
      await feed(table, [{ values, count: 40 }])
      if (!values.has('event_date')) continue
      const months = new Map([['event_date', "addMonths(toDate('1970-01-01'), row)"]])
      await feed(table, [{ values: months, count: 200 }])
    }
  }, 120_000)

  test('uses no function that throws for some value', async () => {
    const found: Record<string, string[]> = {}
    for (const { name, as_select } of await views('MaterializedView')) {
      const rows = await clickhouse.rows<{ explain: string }>(
        `EXPLAIN QUERY TREE run_passes = 1 ${as_select}`,
      )
      const calls = throwingCalls(rows.map(({ explain }) => explain))
      if (calls.length > 0) found[name] = calls
    }
    expect(found).toEqual({})
  })

  test('hangs off a table that is fed here', async () => {
    const names = (await views('MaterializedView')).map(({ name }) => name)
    expect(names).toContain('events_queue_to_incoming')
    expect(await sources()).toEqual(
      expect.arrayContaining(['events_incoming', 'broken_incoming', 'event_lines']),
    )
  })
})

test('every view that people read answers, whatever is stored', async () => {
  const failures: string[] = []
  for (const { name, as_select } of await views('View')) {
    // One with parameters is not read by its name alone.
    if (/\{\w+:/.test(as_select)) continue
    await clickhouse
      .command(`SELECT * FROM ${identifier(name)} FORMAT Null`)
      .catch((error: Error) => failures.push(`${name}: ${error.message}`))
  }
  expect(failures).toEqual([])
}, 180_000)

test('every text column of a view can be asked whether it is empty', async () => {
  const columns = await clickhouse.rows<{ table: string; name: string }>(
    `SELECT table, name FROM system.columns WHERE database = 'rtpx' AND match(type, '^(LowCardinality[(])?String')
       AND table IN (SELECT name FROM system.tables WHERE database = 'rtpx' AND engine = 'View' AND as_select NOT LIKE '%{%:%}%')`,
  )
  const failures: string[] = []
  for (const { table, name } of columns)
    await clickhouse
      .rows(`EXPLAIN SELECT count() FROM ${identifier(table)} WHERE ${identifier(name)} != ''`)
      .catch((error: Error) => failures.push(`${table}.${name}: ${error.message}`))
  expect(failures).toEqual([])
}, 180_000)

test.each([
  ['toUUID(queue_raw)', 'toUUID'],
  ['CAST(path AS Date)', 'CAST'],
  ['intDiv(1, viewport_width)', 'intDiv'],
  ['toDecimal64(viewport_width, 8)', 'toDecimal64'],
  ["toDateTime64(concat(path, 'x'), 3)", 'toDateTime64'],
  ['throwIf(is_bot)', 'throwIf'],
  ['arrayMap(x -> toUInt8(x), [path])', 'toUInt8'],
  ['amount * viewport_width', 'multiply'],
])('%s is known to throw', async (expression, name) => {
  const rows = await clickhouse.rows<{ explain: string }>(
    `EXPLAIN QUERY TREE run_passes = 1 SELECT ${expression} FROM events_incoming`,
  )
  expect(throwingCalls(rows.map(({ explain }) => explain)).join()).toContain(name)
})

test.each([
  "toUUID('00000000-0000-0000-0000-000000000000') = event_id",
  'toUUIDOrNull(queue_raw)',
  'CAST(site_id AS String)',
  'toInt64(viewport_width)',
  'intDiv(viewport_width, 60)',
  "JSONExtractString(metadata, 's')",
])('%s is known to be safe', async (expression) => {
  const rows = await clickhouse.rows<{ explain: string }>(
    `EXPLAIN QUERY TREE run_passes = 1 SELECT ${expression} FROM events_incoming`,
  )
  expect(throwingCalls(rows.map(({ explain }) => explain))).toEqual([])
})
