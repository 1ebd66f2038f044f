/** Every statement of the schema has its form for a cluster, which ClickHouse's own parser takes. No cluster runs here. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ClickHouse, connectClickHouse } from '../client.ts'
import { renderQueue } from '../queue.ts'
import { ensureSchema, readMigrations } from '../schema.ts'
import { type SpawnedClickHouse, spawnClickHouse } from '../server/spawn.ts'
import { splitStatements } from '../statements.ts'
import { renderForCluster } from './render.ts'
import { hasRule, ruleOf } from './rules.ts'

const CLUSTER = { name: 'all', database: 'rtpx' }
/** What the migrator, the doors and the jobs run besides. */
const OTHERS = [
  'CREATE DATABASE IF NOT EXISTS rtpx',
  'CREATE TABLE IF NOT EXISTS schema_migrations (name String) ENGINE = MergeTree ORDER BY name',
  "CREATE TABLE schema_migrations_lock (held UInt8) ENGINE = Memory COMMENT '1'",
  "ALTER TABLE schema_migrations_lock MODIFY COMMENT '2'",
  'DROP TABLE IF EXISTS schema_migrations_lock SYNC',
  'DROP TABLE IF EXISTS events_queue SYNC',
  'DROP VIEW IF EXISTS events_queue_to_incoming SYNC',
  "ALTER TABLE player_days ADD COLUMN IF NOT EXISTS x UInt8 COMMENT 'x' AFTER site_id",
  'DELETE FROM events_log WHERE site_id = 1',
  "ALTER TABLE sessions_log UPDATE player_id = '' WHERE player_id = 'x' SETTINGS mutations_sync = 2",
  'ALTER TABLE events_log APPLY DELETED MASK SETTINGS mutations_sync = 2',
  'OPTIMIZE TABLE erasures_log FINAL',
  'ALTER TABLE player_days MODIFY TTL event_date + INTERVAL 1 YEAR',
  'ALTER TABLE fact_arrivals MOVE PARTITION tuple() TO TABLE fact_arrivals_taken',
  'ALTER TABLE player_day_arrivals DROP PARTITION {partition:String}',
  'ALTER TABLE player_work DROP PARTITION 1',
  'TRUNCATE TABLE fact_arrivals_taken',
  'DELETE FROM sessions_log WHERE site_id = {site_id:String} AND event_date IN {days:Array(Date)}',
]

let server: SpawnedClickHouse
let dataDir: string
let clickhouse: ClickHouse
let plain: string[]
let rendered: string[]

beforeAll(async () => {
  server = await spawnClickHouse()
  dataDir = await mkdtemp(join(tmpdir(), 'rtpx-cluster-'))
  const connection = { url: server.url, username: 'default', password: '', database: 'rtpx' }
  await ensureSchema(connection, { brokers: [], consumers: 1 }, dataDir)
  clickhouse = connectClickHouse(connection)
  const template = await Bun.file(join(import.meta.dir, '../queue.sql')).text()
  const queue = renderQueue(template, { brokers: ['kafka:9092'], consumers: 4 })
  const texts = [...(await readMigrations()).map(({ sql }) => sql), queue]
  plain = [...texts.flatMap(splitStatements), ...OTHERS]
  rendered = plain.flatMap((statement) => renderForCluster(statement, CLUSTER))
}, 180_000)
afterAll(async () => {
  await clickhouse?.close()
  await server?.stop()
  await rm(dataDir, { recursive: true })
})

test('is parsed by ClickHouse, each statement', async () => {
  const failures: string[] = []
  for (const sql of rendered)
    await clickhouse
      .rows('SELECT formatQuery({sql:String})', { sql })
      .catch((error: Error) => failures.push(`${error.message}\nin: ${sql}`))
  expect(failures).toEqual([])
  expect(rendered.length).toBeGreaterThan(plain.length)
})

const matches = (pattern: RegExp) =>
  rendered.flatMap((sql) => {
    const groups = pattern.exec(sql)?.groups
    return groups ? [groups] : []
  })
const tables = () =>
  matches(/^CREATE TABLE (IF NOT EXISTS )?(?<name>\w+) ON CLUSTER 'all'[\s\S]*?\sENGINE = (?<engine>\w+)/)

test('defines everything on every server, and every MergeTree is replicated', () => {
  const definitions = rendered.filter((sql) =>
    /^\s*(CREATE|ALTER|DROP|DELETE|OPTIMIZE)/m.test(sql.replace(/^\s*--.*\n/gm, '')),
  )
  expect(definitions.filter((sql) => !sql.includes(" ON CLUSTER 'all'"))).toEqual([])
  const engines = new Set(
    tables().map(({ engine = '' }) => engine.replace(/^Replicated\w*MergeTree$/, 'Replicated')),
  )
  expect([...engines].sort()).toEqual(['Distributed', 'Kafka', 'Memory', 'Null', 'Replicated'])
  const paths = matches(/ENGINE = Replicated\w+\((?<path>'[^']*', '[^']*')/).map(({ path }) => path)
  expect(new Set(paths).size).toBe(paths.length)
})

test('names for every distributed table one that holds its rows, with the same columns', () => {
  const names = tables().map(({ name }) => name)
  const found = matches(
    /^CREATE TABLE IF NOT EXISTS (?<name>\w+) .* AS (?<like>\w+)\sENGINE = Distributed\('all', 'rtpx', '(?<local>\w+)', (?<by>.*)\)$/,
  )
  expect(found.length).toBe(tables().filter(({ engine }) => engine === 'Distributed').length)
  for (const { name, like, local } of found) {
    expect({ like, local }).toEqual({ like: `${name}_local`, local: `${name}_local` })
    expect(names).toContain(local)
  }
})

test('lets materialized views read the rows of one shard, and write there unless the rows move', () => {
  const views = matches(
    /^CREATE MATERIALIZED VIEW (IF NOT EXISTS )?(?<name>\w+) ON CLUSTER 'all' TO (?<target>\w+) AS(?<select>[\s\S]*)/,
  )
  expect(views.length).toBeGreaterThan(5)
  for (const { target = '', select = '' } of views) {
    for (const [, source = ''] of select.matchAll(/\bFROM (\w+)/g))
      expect(hasRule(source) && ruleOf(source).kind === 'spread').toBe(false)
    const rule = hasRule(target) ? ruleOf(target) : undefined
    if (rule?.kind === 'spread') expect({ target, rows: rule.rows }).toEqual({ target, rows: 'moves' })
  }
})

test('puts all rows of one sort key on one shard, by an expression that its columns have', async () => {
  const held = await clickhouse.rows<{ name: string; sorting_key: string; engine: string }>(
    `SELECT name, sorting_key, engine FROM system.tables WHERE database = 'rtpx' AND (engine LIKE '%MergeTree' OR engine = 'Null')`,
  )
  for (const { name, sorting_key, engine } of held) {
    const rule = ruleOf(name)
    if (rule.kind !== 'spread') continue
    await clickhouse.rows(`SELECT ${rule.by} AS shard FROM ${name} LIMIT 0`)
    // An event's id tells everything else of the event.
    if (!/^(Replacing|Aggregating|Summing|Collapsing)/.test(engine) || /\bevent_id\b/.test(sorting_key))
      continue
    const columns = rule.by.replaceAll(/'[^']*'/g, '').match(/\b[a-z_]+\b(?!\()/g) ?? []
    expect({
      name,
      spreadBy: columns.filter((column) => !new RegExp(`\\b${column}\\b`).test(sorting_key)),
    }).toEqual({
      name,
      spreadBy: [],
    })
  }
})

test('is what a connection with CLICKHOUSE_CLUSTER sends', async () => {
  const connection = { url: server.url, username: 'default', password: '', database: 'rtpx', cluster: 'all' }
  const onCluster = connectClickHouse(connection)
  await expect(onCluster.command('DROP TABLE IF EXISTS player_days SYNC')).rejects.toThrow(
    'Replicated DDL queries are disabled',
  )
  expect(await onCluster.rows("SELECT count() AS n FROM system.tables WHERE name = 'player_days'")).toEqual([
    { n: 1 },
  ])
  await onCluster.close()
})

test('moves, drops and empties what each shard holds', () => {
  expect(rendered.filter((sql) => /PARTITION|TRUNCATE/.test(sql) && !sql.startsWith('CREATE'))).toEqual([
    "ALTER TABLE fact_arrivals_local ON CLUSTER 'all' MOVE PARTITION tuple() TO TABLE fact_arrivals_taken_local",
    "ALTER TABLE player_day_arrivals_local ON CLUSTER 'all' DROP PARTITION {partition:String}",
    "ALTER TABLE player_work_local ON CLUSTER 'all' DROP PARTITION 1",
    "TRUNCATE TABLE fact_arrivals_taken_local ON CLUSTER 'all'",
  ])
})

test('refuses what it does not know', () => {
  const render = (sql: string) => () => renderForCluster(sql, CLUSTER)
  expect(render('CREATE TABLE IF NOT EXISTS news (x UInt8) ENGINE = MergeTree ORDER BY x')).toThrow(
    'no rule for news',
  )
  expect(render('CREATE DICTIONARY d (x UInt8)')).toThrow('no form')
  expect(render('CREATE TABLE events_queue (x UInt8) ENGINE = MergeTree ORDER BY x')).toThrow('holds nothing')
  expect(
    render(
      'CREATE MATERIALIZED VIEW v TO players_log AS SELECT 1 FROM events_incoming JOIN player_facts USING x',
    ),
  ).toThrow('other shards')
})
