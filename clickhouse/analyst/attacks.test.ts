/** Everything a person could try with SQL is refused, by the gate and by the embedded server, and reaches nobody. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { addSqlLogin } from '../queries/sql-logins.ts'
import { startMigrated, type TestClickHouse } from '../testing.ts'
import { createClientGate } from './client-gate.ts'
import { SqlRefused } from './refusal.ts'
import { scopeSettings } from './scope.ts'
import { ATTACKS } from './test/attacks.ts'
import { SECRET, seedSites } from './test/seed.ts'
import { SQL_ROLE } from './views.ts'

let install: TestClickHouse
let seen = 0
const listener = Bun.listen({
  hostname: '127.0.0.1',
  port: 0,
  socket: { open: () => void seen++, data() {} },
})

beforeAll(async () => {
  install = await startMigrated()
  await seedSites(install.clickhouse)
  const hash = new Bun.CryptoHasher('sha256').update('right').digest('hex')
  const login = { organization_id: 'o', user_id: 'u', purpose: '', password_sha256: hash, expires_at: null }
  await addSqlLogin(install.clickhouse, { ...login, login: 'sql_a', all_sites: false, site_ids: ['a'] })
  await addSqlLogin(install.clickhouse, { ...login, login: 'sql_none', all_sites: false, site_ids: [] })
  await addSqlLogin(install.clickhouse, {
    ...login,
    login: 'sql_old',
    all_sites: true,
    site_ids: [],
    expires_at: 1_000_000_000,
  })
}, 180_000)
afterAll(async () => {
  listener.stop(true)
  await install?.stop()
})

interface Sent {
  readonly login?: string
  readonly password?: string
  readonly query?: Record<string, string>
  readonly method?: string
  readonly body?: FormData
}

async function send(sql: string, { login = 'sql_a', password = 'right', query = {}, ...sent }: Sent = {}) {
  const response = await fetch(`${install.url}/?${new URLSearchParams(query)}`, {
    method: sent.method ?? 'POST',
    headers: { 'x-clickhouse-user': login, 'x-clickhouse-key': password },
    ...(sent.method === 'GET' ? {} : { body: sent.body ?? sql }),
  })
  return {
    status: response.status,
    code: response.headers.get('x-clickhouse-exception-code'),
    text: await response.text(),
  }
}

const written = (sql: string) => sql.replaceAll('{port}', String(listener.port))

test('has at least 60 attacks', () => {
  expect(new Set(ATTACKS.map(({ sql }) => sql)).size).toBeGreaterThan(150)
})

test('refuses each at the gate, for its reason', async () => {
  const gate = createClientGate(install.clickhouse, 'rtpx')
  const wrong: string[] = []
  for (const { sql, reason, values = [] } of ATTACKS) {
    const outcome = await gate(written(sql), Object.fromEntries(values)).then(
      ({ sql: passed }) => `passed: ${passed}`,
      (error) => (error instanceof SqlRefused ? error.reason : `${error}`),
    )
    if (outcome !== reason) wrong.push(`${sql.slice(0, 120)}\n  ${outcome.slice(0, 300)}, not ${reason}`)
  }
  expect(wrong).toEqual([])
}, 180_000)

test('refuses each on a direct connection, with a code and words, and runs none', async () => {
  const wrong: string[] = []
  for (const { sql, values = [] } of ATTACKS) {
    const query = Object.fromEntries(values.map(([name, value]) => [`param_${name}`, value]))
    const { status, code, text } = await send(written(sql), { query })
    const clear = /^Code: \d+\. DB::Exception: .{10,}/.test(text) && !text.includes(SECRET)
    if (status < 400 || !code || !clear) wrong.push(`${sql.slice(0, 120)}\n  ${status} ${text.slice(0, 200)}`)
  }
  expect(wrong).toEqual([])
  expect(seen).toBe(0)
}, 180_000)

test('refuses what does not come as a statement: roles, sessions, databases, settings, tables', async () => {
  const ok = 'SELECT count() FROM events'
  for (const name of [
    'additional_table_filters',
    'dialect',
    'format_schema',
    'allow_introspection_functions',
    'role_x',
    'log_comment_x',
  ])
    expect((await send(ok, { query: { [name]: '{}' } })).code).toBe('164')
  // Ignored: they are the login's own, whatever is sent.
  for (const query of [
    { role: 'rtpx_owner' },
    { database: 'system' },
    { readonly: '0' },
    { session_id: 'x', session_timeout: '10' },
    { max_execution_time: '0' },
    { max_rows_to_read: '0' },
  ])
    expect(await send(ok, { query })).toMatchObject({ status: 200, text: '3\n' })
  expect((await send('', { method: 'GET', query: { query: 'SELECT * FROM events_log' } })).code).toBe('497')
  expect((await send('', { method: 'GET', query: { query: ok } })).text).toBe('3\n')
  const form = new FormData()
  form.append('t', new Blob(['1\n']), 't')
  const external = await send('', { body: form, query: { query: 'SELECT * FROM t', t_structure: 'x UInt8' } })
  expect(external.code).toBe('497')
})

test('knows its logins by name, password and time', async () => {
  const wrong = await send('SELECT 1', { password: 'wrong' })
  const unknown = await send('SELECT 1', { login: 'sql_z' })
  const old = await send('SELECT 1', { login: 'sql_old' })
  for (const answer of [wrong, unknown, old]) expect(answer).toMatchObject({ status: 403, code: '516' })
  expect(wrong.text.replace('sql_a', '')).toBe(unknown.text.replace('sql_z', ''))
  expect((await send('SELECT count() FROM events', { login: 'sql_none' })).text).toBe('0\n')
  const hash = await send('SELECT 1', { login: 'sql_a', password: '' })
  expect(hash.code).toBe('516')
})

/** Every way to name the view that could lose the filter on it. All run; none shows a row of another site. */
const CONTAINED = [
  'SELECT * FROM events',
  'SELECT * FROM rtpx.events AS rtpx',
  'SELECT e.* FROM events AS e',
  'SELECT * FROM `rtpx`.`events` AS `rtpx.events`',
  'SELECT * FROM events AS site_directory',
  'SELECT l.player_id, r.player_id FROM events AS l CROSS JOIN events AS r',
  'SELECT * FROM (SELECT * FROM events) WHERE 1',
  'WITH x AS (SELECT * FROM events) SELECT * FROM x',
  "SELECT 'b' AS site_id, * FROM events",
  "WITH 'b' AS site_id SELECT *, site_id FROM events",
  "SELECT * REPLACE ('b' AS site_id) FROM events WHERE site_id = 'b'",
  "SELECT * FROM events WHERE site_id = 'b' OR 1",
  'SELECT (SELECT groupArray(player_id) FROM events)',
  'SELECT * FROM events UNION ALL SELECT * FROM events',
  "SELECT 1 WHERE '00000000-0000-0000-0000-00000000000b' IN (SELECT toString(event_id) FROM events)",
  'SELECT * FROM events ORDER BY site_id DESC LIMIT 10 BY player_id',
  'SELECT site_id, groupArray(player_id) FROM events GROUP BY site_id WITH ROLLUP',
  'SELECT * FROM players',
  'SELECT * FROM site_directory',
  'SELECT * FROM rejected_events',
  "SELECT name, comment FROM system.columns WHERE database != 'system'",
  'SELECT arrayMap(x -> (SELECT any(player_id) FROM events), [1])',
  'SELECT max(player_id) OVER () FROM events',
  'SELECT * FROM numbers(1) AS n CROSS JOIN events',
  'SELECT * FROM events FINAL',
  // Would fail on a row of the other site, and so tell of it.
  "SELECT count() FROM events WHERE toUInt8(if(startsWith(player_id, 'hidden'), player_id, '1')) = 1",
  'SELECT count() FROM events WHERE intDiv(1, NOT is_bot) = 1',
  "SELECT sum(y) FROM (SELECT intDiv(1, NOT is_bot) AS y, path FROM events) WHERE path != ''",
  "SELECT count() FROM rejected_events WHERE toUInt8(if(startsWith(raw, 'hidden'), raw, '1')) = 1",
  'SELECT * FROM events\u200b_log',
  'EXPLAIN ESTIMATE SELECT * FROM events',
  'DESCRIBE (SELECT (SELECT max(player_id) FROM events) AS newest)',
  "SELECT *, * FROM system.tables WHERE name = 'events'",
]

test.each(CONTAINED)('shows no row of another site: %s', async (sql) => {
  const { status, text } = await send(sql)
  expect(text).not.toContain(SECRET)
  expect({ sql, status }).toEqual({ sql, status: 200 })
})

test('stands without the gate too: the role, the filter and readonly hold by themselves', async () => {
  const settings = scopeSettings('rtpx', { siteIds: ['a'] })
  const run = async (sql: string) => {
    const stream = await install.clickhouse.stream(sql, { format: 'TSV', role: SQL_ROLE, settings })
    return Buffer.concat(await Array.fromAsync(stream)).toString()
  }
  expect(await run('SELECT count() FROM events')).toBe('3\n')
  for (const sql of [
    'SELECT * FROM events_log',
    'SELECT * FROM sql_logins',
    'SELECT * FROM system.users',
    "SELECT * FROM file('/etc/passwd', LineAsString)",
    `SELECT * FROM url('http://127.0.0.1:${listener.port}/', CSV, 'x String')`,
    `SELECT * FROM remote('127.0.0.1:${listener.port}', system.one)`,
    "SELECT * FROM merge(currentDatabase(), '_log$')",
  ])
    expect(
      await run(sql).then(
        (text) => `ran: ${text}`,
        () => 'refused',
      ),
    ).toBe('refused')
  expect(seen).toBe(0)
})

test('holds its limits: time, result, statements at once', async () => {
  const slow = await send('SELECT sum(cityHash64(number, toString(number))) FROM numbers(1900000000)', {
    query: { max_execution_time: '1' },
  })
  expect(slow.code).toBe('159')
  const many = await send('SELECT number FROM numbers(100)', { query: { max_result_rows: '10' } })
  expect(many.code).toBe('396')
  const memory = await send("SELECT groupArray(repeat('x', 1000000)) FROM numbers(5000)")
  expect(memory.code).toBe('241')
  const busy = () =>
    send('SELECT sum(cityHash64(number, toString(number))) FROM numbers(1900000000)', {
      query: { max_execution_time: '2' },
    })
  const codes = (await Promise.all([busy(), busy(), busy(), busy(), busy()])).map(({ code }) => code)
  expect(codes.filter((code) => code === '202').length).toBeGreaterThanOrEqual(1)
  expect((await send('SELECT 1')).text).toBe('1\n')
}, 120_000)
