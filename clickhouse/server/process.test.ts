/** The embedded ClickHouse as a process: who may enter, who may start, and what is left after it dies. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type SpawnedClickHouse, spawnClickHouse } from './spawn.ts'

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'rtpx-clickhouse-test-'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const query = async (server: SpawnedClickHouse, sql: string, headers: Record<string, string> = {}) => {
  const response = await fetch(server.url, { method: 'POST', body: sql, headers })
  return { status: response.status, text: await response.text(), headers: response.headers }
}
const refusal = (options: Parameters<typeof spawnClickHouse>[0]) =>
  spawnClickHouse(options).then(
    () => '',
    (error: Error) => error.message,
  )

describe('accounts', () => {
  test('a password is asked for, however it is given', async () => {
    const environment = { CLICKHOUSE_USER: 'ann', CLICKHOUSE_PASSWORD: 'a:b' }
    const server = await spawnClickHouse({ environment })
    const basic = (login: string) => ({ Authorization: `Basic ${Buffer.from(login).toString('base64')}` })
    expect((await query(server, 'SELECT 1', basic('ann:a:b'))).text).toBe('1\n')
    expect(
      (await query(server, 'SELECT 1', { 'X-ClickHouse-User': 'ann', 'X-ClickHouse-Key': 'a:b' })).text,
    ).toBe('1\n')
    expect(await (await fetch(`${server.url}/?query=SELECT+1&user=ann&password=a:b`)).text()).toBe('1\n')
    const wrong: Record<string, string>[] = [
      {},
      basic('ann:'),
      basic('bob:a:b'),
      { 'X-ClickHouse-User': 'ann' },
      { Authorization: 'Bearer x' },
      { ...basic('ann:a:b'), 'X-ClickHouse-User': 'ann' },
    ]
    for (const headers of wrong) {
      const answer = await query(server, 'SELECT 1', headers)
      expect([answer.status, answer.headers.get('x-clickhouse-exception-code')]).toEqual([403, '516'])
      expect(answer.text).toMatch(/^Code: 516\. DB::Exception: .* \(AUTHENTICATION_FAILED\)/)
    }
    expect(await (await fetch(`${server.url}/ping`)).text()).toBe('Ok.\n')
    expect(await server.stop()).toBe(0)
  })

  test('an open address needs a password', async () => {
    expect(await refusal({ environment: { CLICKHOUSE_HOST: '0.0.0.0' } })).toBe(
      'clickhouse: CLICKHOUSE_HOST: 0.0.0.0 can be reached from outside: set CLICKHOUSE_PASSWORD',
    )
  })
})

describe('starting and stopping', () => {
  test('one process a directory, one a port; each refusal is one line', async () => {
    const server = await spawnClickHouse({ dataDirectory: directory })
    const taken = await refusal({ dataDirectory: directory })
    expect(taken).toBe(`clickhouse: ${join(directory, 'clickhouse')} is in use by another process`)
    const port = Number(new URL(server.url).port)
    expect(await refusal({ port })).toContain(`clickhouse: CLICKHOUSE_PORT ${port} on 127.0.0.1 is in use`)
    expect(await server.stop('SIGINT')).toBe(0)
  })

  test('kill -9 loses nothing that was acknowledged', async () => {
    const first = await spawnClickHouse({ dataDirectory: directory })
    await query(first, 'CREATE TABLE kept (n UInt64) ENGINE = MergeTree ORDER BY n')
    let acknowledged = 0
    const writer = (async () => {
      for (;;) {
        const answer = await query(first, `INSERT INTO kept VALUES (${acknowledged})`).catch(() => undefined)
        if (answer?.status !== 200) return
        acknowledged += 1
      }
    })()
    while (acknowledged < 50) await Bun.sleep(5)
    await first.stop('SIGKILL')
    await writer
    const second = await spawnClickHouse({ dataDirectory: directory })
    expect(
      (await query(second, `SELECT count() >= ${acknowledged} FROM kept WHERE n < ${acknowledged}`)).text,
    ).toBe('1\n')
    expect((await query(second, 'SELECT count() = uniq(n) FROM kept')).text).toBe('1\n')
    expect(await second.stop()).toBe(0)
  })

  test('Kafka tables and the views on them are back after a stop', async () => {
    const first = await spawnClickHouse({ dataDirectory: directory })
    await query(
      first,
      "CREATE TABLE queue (line String) ENGINE = Kafka('127.0.0.1:1', 'events', 'group', 'LineAsString')",
    )
    await query(first, 'CREATE TABLE lines (line String) ENGINE = MergeTree ORDER BY line')
    await query(first, 'CREATE MATERIALIZED VIEW queue_lines TO lines AS SELECT line FROM queue')
    expect(await first.stop()).toBe(0)
    const second = await spawnClickHouse({ dataDirectory: directory })
    const tables = await query(
      second,
      "SELECT groupArray(engine) FROM (SELECT engine FROM system.tables WHERE name LIKE 'queue%' ORDER BY name)",
    )
    expect(tables.text).toBe("['Kafka','MaterializedView']\n")
    expect(await second.stop()).toBe(0)
  })

  test('a running query may finish before the end', async () => {
    const server = await spawnClickHouse({ dataDirectory: directory })
    const slow = query(server, 'SELECT sleep(1)')
    while (
      (await query(server, "SELECT count() FROM system.processes WHERE query LIKE '%sleep(1)%'")).text !==
      '2\n'
    )
      await Bun.sleep(5)
    const stopped = server.stop()
    expect((await slow).text).toBe('0\n')
    expect(await stopped).toBe(0)
  })

  test('what works is not in the log', async () => {
    const server = await spawnClickHouse({ dataDirectory: directory })
    for (let index = 0; index < 20; index += 1)
      await query(server, 'SELECT number % 10 AS n, count() FROM numbers_mt(100000) GROUP BY n')
    expect(await server.stop()).toBe(0)
    // Its threads may not read what the system counts of them: each wrote a stack trace for every statement.
    expect(await Bun.file(join(directory, 'clickhouse', 'server.log')).text()).not.toContain('thread-self')
  })
})
