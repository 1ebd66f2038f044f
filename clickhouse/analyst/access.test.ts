/** What makes the rights on a ClickHouse server is SQL that its parser takes. No such server runs here. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { startMigrated, type TestClickHouse } from '../testing.ts'
import { ensureSqlAccess, roleStatements } from './access.ts'

let install: TestClickHouse
beforeAll(async () => {
  install = await startMigrated()
}, 60_000)
afterAll(() => install?.stop())

test.each(['', 'all'])('is parsed, with the cluster "%s"', async (cluster) => {
  for (const sql of roleStatements('rtpx', cluster)) {
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
