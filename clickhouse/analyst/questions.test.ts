/** What analysts do ask passes the gate and is answered rightly, on a direct connection and through rtpx's own. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { ClickHouseLogLevel, createClient } from '@clickhouse/client'
import { addSqlLogin } from '../queries/sql-logins.ts'
import { startMigrated, type TestClickHouse } from '../testing.ts'
import { createClientGate } from './client-gate.ts'
import { scopeSettings } from './scope.ts'
import { QUESTIONS } from './test/questions.ts'
import { RECORDED } from './test/recorded-requests.ts'
import { seedSites } from './test/seed.ts'
import { ANALYST_VIEWS, SQL_ROLE } from './views.ts'

const LOGIN = { 'x-clickhouse-user': 'sql_a', 'x-clickhouse-key': 'right' }

let install: TestClickHouse

beforeAll(async () => {
  install = await startMigrated()
  await seedSites(install.clickhouse)
  await addSqlLogin(install.clickhouse, {
    login: 'sql_a',
    password_sha256: new Bun.CryptoHasher('sha256').update('right').digest('hex'),
    organization_id: 'o',
    user_id: 'u',
    purpose: '',
    all_sites: false,
    site_ids: ['a'],
    expires_at: null,
  })
}, 180_000)
afterAll(() => install?.stop())

test('there are at least 40', () => expect(QUESTIONS.length).toBeGreaterThan(50))

test('answers each on a direct connection', async () => {
  const wrong: unknown[] = []
  for (const { sql, answer, values = {} } of QUESTIONS) {
    const query = new URLSearchParams()
    for (const [name, value] of Object.entries(values)) query.set(`param_${name}`, value)
    const response = await fetch(`${install.url}/?${query}`, {
      method: 'POST',
      body: sql,
      headers: LOGIN,
    })
    const text = await response.text()
    if (text !== answer) wrong.push({ sql, text, answer })
  }
  expect(wrong).toEqual([])
}, 180_000)

test('answers each through the gate and the role, over the client', async () => {
  const gate = createClientGate(install.clickhouse, 'rtpx')
  const settings = scopeSettings('rtpx', { siteIds: ['a'] })
  const wrong: unknown[] = []
  for (const { sql, answer, values } of QUESTIONS) {
    if (values) continue
    const passed = await gate(sql)
    const stream = await install.clickhouse.stream(passed.sql, { format: 'TSV', settings, role: SQL_ROLE })
    const text = Buffer.concat(await Array.fromAsync(stream)).toString()
    if (text !== answer) wrong.push({ sql, text, answer })
  }
  expect(wrong).toEqual([])
}, 180_000)

test('gives results in the formats of tools', async () => {
  for (const format of [
    'JSON',
    'JSONEachRow',
    'CSVWithNames',
    'Native',
    'RowBinaryWithNamesAndTypes',
    'Parquet',
    'Arrow',
    'PrettyCompact',
  ]) {
    const response = await fetch(install.url, {
      method: 'POST',
      body: `SELECT event_id, player_id, occurred_at FROM events FORMAT ${format}`,
      headers: LOGIN,
    })
    expect({ format, status: response.status }).toEqual({ format, status: 200 })
    expect(response.headers.get('x-clickhouse-format')).toBe(format)
    await response.arrayBuffer()
  }
})

test('answers tools as it did when they were tried', async () => {
  const wrong: unknown[] = []
  for (const { tool, search, headers = {}, body, answer, holds = '' } of RECORDED) {
    const response = await fetch(`${install.url}/${search}`, {
      method: 'POST',
      body,
      headers: { ...headers, ...LOGIN },
    })
    const text = Buffer.from(await response.arrayBuffer()).toString('latin1')
    const got = response.headers
    const told = got.get('x-clickhouse-format') ?? got.get('x-clickhouse-exception-code') ?? ''
    if (told !== answer || !text.includes(holds)) wrong.push({ tool, body, told, text: text.slice(0, 300) })
    if (text.includes(install.dataDir)) wrong.push({ tool, body, tells: install.dataDir })
  }
  expect(wrong).toEqual([])
})

test('a tool ends a statement of its own by its id, and of nobody else', async () => {
  const long = 'SELECT sum(cityHash64(number, toString(number))) FROM numbers(1900000000)'
  const own = createClient({
    url: install.url,
    username: 'sql_a',
    password: 'right',
    database: 'rtpx',
    log: { level: ClickHouseLogLevel.OFF },
  })
  const kill = async (query_id: string) => {
    const query = `KILL QUERY WHERE query_id = '${query_id}'`
    return (await own.query({ query, format: 'JSONEachRow' })).json()
  }
  const started = async (comment: string) => {
    const running =
      'SELECT count() AS n FROM system.processes WHERE Settings[{setting:String}] = {comment:String}'
    const values = { setting: 'log_comment', comment }
    while (!(await install.clickhouse.rows<{ n: number }>(running, values))[0]?.n) await Bun.sleep(20)
  }
  try {
    const ended = own.query({ query: long, query_id: 'mine' }).then(
      () => 'answered',
      (error) => error.type,
    )
    await started('mine')
    expect(await kill('of-another')).toEqual([])
    expect(await kill('mine')).toEqual([
      { kill_status: 'waiting', query_id: 'mine', user: 'sql_a', query: '' },
    ])
    expect(await ended).toBe('QUERY_WAS_CANCELLED')
    // Of the server's own user it ends nothing.
    const gone = new AbortController()
    const theirs = fetch(`${install.url}/?query_id=theirs`, {
      method: 'POST',
      body: long,
      signal: gone.signal,
    })
    await started('theirs')
    expect(await kill('theirs')).toEqual([])
    await started('theirs')
    gone.abort()
    await theirs.catch(() => undefined)
  } finally {
    await own.close()
  }
}, 60_000)

test('every listed view is there, tells its site, and says what each column is', async () => {
  const columns = await install.clickhouse.rows<{ table: string; name: string; comment: string }>(
    'SELECT table, name, comment FROM system.columns WHERE database = currentDatabase() AND table IN {views:Array(String)}',
    { views: [...ANALYST_VIEWS] },
  )
  for (const view of ANALYST_VIEWS) {
    const own = columns.filter(({ table }) => table === view)
    expect({ view, has: own.some(({ name }) => name === 'site_id') }).toEqual({ view, has: true })
    expect({ view, silent: own.filter(({ comment }) => !comment).map(({ name }) => name) }).toEqual({
      view,
      silent: [],
    })
  }
})
