/** What makes the rights on a ClickHouse server is SQL that its parser takes. No such server runs here. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { sqlLogins } from '../queries/sql-logins.ts'
import { startMigrated, type TestClickHouse } from '../testing.ts'
import { ensureSqlAccess, roleStatements } from './access.ts'
import { createLogin, rescopeLogin, revokeLogins, scopeStatements, userStatements } from './logins.ts'

let install: TestClickHouse
beforeAll(async () => {
  install = await startMigrated()
}, 180_000)
afterAll(() => install?.stop())

const LOGIN = {
  login: 'sql_me',
  password_sha256: new Bun.CryptoHasher('sha256').update('mine').digest('hex'),
  organization_id: 'o',
  user_id: 'u',
  purpose: 'Grafana',
  all_sites: false,
  site_ids: ['a', "it's"],
  expires_at: null,
}

test.each(['', 'all'])('is parsed, with the cluster "%s"', async (cluster) => {
  const place = { database: 'rtpx', cluster }
  const statements = [
    ...roleStatements('rtpx', cluster),
    ...userStatements(place, LOGIN),
    ...userStatements(place, { ...LOGIN, expires_at: 1_800_000_000 }),
    ...scopeStatements(place, LOGIN),
  ]
  expect(statements.at(-1)).toContain("USING site_id IN ('a', 'it\\'s') TO sql_me")
  for (const sql of statements) {
    const [row] = await install.clickhouse.rows<{ text: string }>(
      'SELECT formatQuerySingleLine({sql:String}) AS text',
      { sql },
    )
    expect(row?.text.includes(' ON CLUSTER ')).toBe(cluster !== '')
  }
})

test('is mended when a migration made a view anew', async () => {
  const { clickhouse } = install
  const definer = async () => {
    const [row] = await clickhouse.rows<{ text: string }>(
      `SELECT create_table_query AS text FROM system.tables WHERE database = 'rtpx' AND name = 'site_directory'`,
    )
    return row?.text.includes('SQL SECURITY DEFINER')
  }
  expect(await definer()).toBe(true)
  await clickhouse.command('ALTER TABLE site_directory MODIFY SQL SECURITY INVOKER')
  expect(await definer()).toBe(false)
  expect(await ensureSqlAccess(clickhouse, '')).toEqual({ ready: true, reason: '' })
  expect(await definer()).toBe(true)
})

test('a login works until it is taken back', async () => {
  const { clickhouse, url } = install
  const place = { database: 'rtpx', cluster: '' }
  const status = async () =>
    (
      await fetch(`${url}/?query=SELECT+1`, {
        headers: { 'x-clickhouse-user': 'sql_me', 'x-clickhouse-key': 'mine' },
      })
    ).status
  expect(await status()).toBe(403)
  await createLogin(clickhouse, place, LOGIN)
  // What was not known a moment ago is asked again after two seconds.
  await Bun.sleep(2_100)
  expect(await status()).toBe(200)
  await rescopeLogin(clickhouse, place, 'sql_me', 'all')
  expect((await sqlLogins(clickhouse, 'o', null)).map(({ all_sites }) => all_sites)).toEqual([true])
  await revokeLogins(clickhouse, place, ['sql_me'])
  await Bun.sleep(2_100)
  expect(await status()).toBe(403)
  expect(await sqlLogins(clickhouse, 'o', 'u')).toEqual([])
}, 120_000)
