/** What analysts do ask passes the gate and is answered rightly, on a direct connection and through rtpx's own. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { addSqlLogin } from '../queries/sql-logins.ts'
import { startMigrated, type TestClickHouse } from '../testing.ts'
import { createClientGate } from './client-gate.ts'
import { scopeSettings } from './scope.ts'
import { QUESTIONS } from './test/questions.ts'
import { seedSites } from './test/seed.ts'
import { ANALYST_VIEWS, SQL_ROLE } from './views.ts'

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
      headers: { 'x-clickhouse-user': 'sql_a', 'x-clickhouse-key': 'right' },
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
      headers: { 'x-clickhouse-user': 'sql_a', 'x-clickhouse-key': 'right' },
    })
    expect({ format, status: response.status }).toEqual({ format, status: 200 })
    expect(response.headers.get('x-clickhouse-format')).toBe(format)
    await response.arrayBuffer()
  }
})

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
