import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { columnOf, EVENT_FIELDS } from '@rtpx/kafka/event'
import { type ClickHouse, connectClickHouse } from './client.ts'
import { withLock } from './lock.ts'
import { checksumOf, migrate, pendingMigrations } from './migrator.ts'
import { ensureSchema, readMigrations } from './schema.ts'
import { type SpawnedClickHouse, spawnClickHouse } from './server/spawn.ts'

const NO_QUEUE = { brokers: [], consumers: 1 }

let server: SpawnedClickHouse
let dataDir: string
let clickhouse: ClickHouse
const connection = (database: string) => ({ url: server.url, username: 'default', password: '', database })

beforeAll(async () => {
  server = await spawnClickHouse()
  dataDir = await mkdtemp(join(tmpdir(), 'rtpx-migrate-'))
  clickhouse = connectClickHouse(connection('rtpx'))
})
afterAll(async () => {
  await clickhouse.close()
  await server.stop()
  await rm(dataDir, { recursive: true })
})

describe('the schema', () => {
  test('is made by several processes at once, and a second time changes nothing', async () => {
    const both = await Promise.all([1, 2, 3].map(() => ensureSchema(connection('rtpx'), NO_QUEUE, dataDir)))
    const names = (await readMigrations()).map(({ name }) => name)
    expect(both.flatMap(({ ran }) => ran).sort()).toEqual(names)
    expect(await ensureSchema(connection('rtpx'), NO_QUEUE, dataDir)).toEqual({
      ran: [],
      door: 'unchanged',
      sql: { ready: true, reason: '' },
    })
    expect(
      await clickhouse.rows('SELECT name FROM system.tables WHERE name LIKE {lock:String}', {
        lock: '%_lock',
      }),
    ).toEqual([])
  }, 120_000)

  test('has the contract’s columns, types and comments in events', async () => {
    const columns = await clickhouse.rows<{ name: string; type: string; comment: string }>(
      `SELECT name, type, comment FROM system.columns WHERE database = 'rtpx' AND table = 'events' ORDER BY position`,
    )
    const contract = EVENT_FIELDS.map((name) => ({
      name,
      type: columnOf(name).clickhouse,
      comment: columnOf(name).description,
    }))
    expect(columns).toEqual(contract)
  })

  test('explains every column that people query', async () => {
    const silent = await clickhouse.rows(
      `SELECT table, name FROM system.columns WHERE database = 'rtpx' AND comment = ''
       AND table IN ('events', 'daily_metrics', 'event_summary', 'players', 'player_days', 'player_facts', 'sites', 'rejected_events', 'job_runs')`,
    )
    expect(silent).toEqual([])
  })

  test('registers one server key, however often it is made', async () => {
    await ensureSchema(connection('rtpx'), NO_QUEUE, dataDir)
    const key = (await Bun.file(join(dataDir, 'secrets/server-key')).text()).trim()
    expect(await clickhouse.rows('SELECT site_id, key_hashes FROM sites')).toEqual([
      { site_id: 'default', key_hashes: [checksumOf(key)] },
    ])
  })
})

describe('the migrator', () => {
  const first = { name: '0001_first', sql: 'CREATE TABLE IF NOT EXISTS first (x UInt8) ENGINE = Memory' }
  const second = { name: '0002_second', sql: "-- a; comment\nINSERT INTO first VALUES (1); SELECT ';'" }
  const ran = ({ name, sql }: { name: string; sql: string }) => ({ name, checksum: checksumOf(sql) })

  test('refuses an edited, a missing and a late migration before anything runs', () => {
    expect(() => pendingMigrations([{ ...first, sql: 'SELECT 1' }], [ran(first)])).toThrow('edited')
    expect(() => pendingMigrations([], [ran(first)])).toThrow('upgrade')
    expect(() => pendingMigrations([first, second], [ran(second)])).toThrow('higher number')
    expect(pendingMigrations([first, second], [ran(first)])).toEqual([second])
    expect(() => pendingMigrations([second], [ran(first), ran(second)])).toThrow('upgrade')
  })

  test('lets a version that was put back work on a database that is ahead of it, and go forward again', () => {
    const third = { name: '0003_third', sql: 'SELECT 3' }
    const all = [first, second, third].map(ran)
    expect(pendingMigrations([first, second], all)).toEqual([])
    expect(pendingMigrations([first, second, third], all)).toEqual([])
    expect(() => pendingMigrations([first, { ...second, sql: 'SELECT 1' }], all)).toThrow('edited')
  })

  test('goes on where it failed, and says which statement it was', async () => {
    const database = connectClickHouse({ ...connection('broken'), requestTimeoutMs: 10_000 })
    const admin = connectClickHouse(connection('default'))
    await admin.command('CREATE DATABASE broken')
    const bad = { name: '0002_bad', sql: 'SELECT no_such_function()' }
    await expect(migrate(database, [first, bad])).rejects.toThrow('0002_bad')
    expect(await migrate(database, [first, second])).toEqual(['0002_second'])
    expect(await database.rows('SELECT x FROM first')).toEqual([{ x: 1 }])
    await Promise.all([database.close(), admin.close()])
  })

  test('takes the lock of a dead process, and waits for a living one', async () => {
    await clickhouse.command(
      `CREATE TABLE dead_lock (held UInt8) ENGINE = Memory COMMENT '${Date.now() - 60_000}'`,
    )
    expect(await withLock(clickhouse, 'dead_lock', async () => 'mine')).toBe('mine')
    let inside = 0
    const most: number[] = []
    const work = async () => {
      inside += 1
      most.push(inside)
      await Bun.sleep(20)
      inside -= 1
    }
    await Promise.all([1, 2, 3].map(() => withLock(clickhouse, 'busy_lock', work)))
    expect(most).toEqual([1, 1, 1])
  })
})
