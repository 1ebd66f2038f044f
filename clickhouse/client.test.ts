/** The client against a real ClickHouse: how many ask at a time, and how long. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { connectClickHouse } from './client.ts'
import { startMigrated, type TestClickHouse } from './testing.ts'

let started: TestClickHouse
const connect = (requestTimeoutMs?: number) =>
  connectClickHouse({
    url: started.url,
    username: 'default',
    password: '',
    database: 'default',
    ...(requestTimeoutMs !== undefined && { requestTimeoutMs }),
  })

beforeAll(async () => {
  started = await startMigrated()
})
afterAll(() => started?.stop())

test('more questions at once than the server takes side by side are all answered', async () => {
  const clickhouse = connect()
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, n) => clickhouse.rows<{ n: number }>('SELECT {n:UInt32} AS n', { n })),
  )
  expect(answers.map(([row]) => row?.n)).toEqual(Array.from({ length: 200 }, (_, n) => n))
})

test('a question that begins to answer and does not end is given up', async () => {
  const clickhouse = connect(100)
  const endless = clickhouse.rows(
    'SELECT sleepEachRow(0.5) FROM numbers(1000) SETTINGS max_block_size = 1, function_sleep_max_microseconds_per_block = 0',
  )
  await expect(endless).rejects.toThrow()
})
