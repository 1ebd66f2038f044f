/** `player export` and `player erase` as an owner runs them, against a real ClickHouse. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { join } from 'node:path'
import { startMigrated, type TestClickHouse } from '@rtpx/clickhouse/testing'

setDefaultTimeout(120_000)
const MAIN = join(import.meta.dir, 'main.ts')
let started: TestClickHouse

beforeAll(async () => {
  started = await startMigrated()
  const now = Date.now() - 5_000
  const event = {
    site_id: 'default',
    event_type: 'visit',
    player_id: 'anna 1',
    visitor_id: 'v-anna',
    occurred_at: now,
    created_at: now,
    event_date: new Date(now).toISOString().slice(0, 10),
  }
  await started.clickhouse.insertLines('events_incoming', [
    JSON.stringify({ ...event, event_id: crypto.randomUUID() }),
    JSON.stringify({ ...event, event_id: crypto.randomUUID(), player_id: '', event_type: 'page_view' }),
  ])
})
afterAll(() => started?.stop())

async function run(...args: readonly string[]) {
  const child = Bun.spawn([process.execPath, MAIN, 'player', ...args], {
    env: { ...process.env, CLICKHOUSE_URL: started.url, RTPX_DATA: started.dataDir },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [out, error] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ])
  return { code: await child.exited, out, error: error.trimEnd() }
}

test('export prints one JSON, erase a receipt, and a second time there is nothing', async () => {
  const { code, out } = await run('export', 'anna 1')
  expect(code).toBe(0)
  const { tables, ...head } = JSON.parse(out)
  expect(head).toMatchObject({ site_id: 'default', player_id: 'anna 1', visitors: ['v-anna'] })
  expect(tables.events_log).toHaveLength(2)

  const dry = await run('erase', 'anna 1', '--dry-run')
  expect(dry.out).toMatch(/events_log +2\b/)
  expect(dry.out).toContain('dry run: nothing was erased')
  const erased = await run('erase', 'anna 1', '--site', 'default')
  expect(erased).toMatchObject({ code: 0, error: '' })
  expect(erased.out).toMatch(/^receipt [0-9a-f-]{36}$/m)
  expect(erased.out).toMatch(/events_log +2\b/)
  expect(erased.out).not.toContain('anna')
  expect(await started.clickhouse.rows('SELECT count() AS n FROM events')).toEqual([{ n: 0 }])
  const again = await run('erase', 'anna 1')
  expect(again.out).toContain('nothing is held of this player on the site default')
  expect(again.out).toContain(erased.out.split('\n')[0] ?? '')
})

test('what it cannot do is one line and exit code 1', async () => {
  expect(await run('erase', 'anna 1', '--site', 'nowhere')).toMatchObject({
    code: 1,
    error: 'there is no site nowhere; sites: default',
  })
  expect((await run('erase', 'anna 1', '--dryrun')).code).toBe(1)
})
