/** The doctor on real parts, broken on purpose: what is wrong is said in words, with what to change, and the rest is still looked at. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { join } from 'node:path'
import type { Check } from '@rtpx/clickhouse/health/check'
import { CLUSTER_PROFILE, PROFILE } from '@rtpx/clickhouse/profile'
import { recordRun } from '@rtpx/clickhouse/queries/job-runs'
import { readMigrations } from '@rtpx/clickhouse/schema'
import { engineFiles, writeEngineConfig } from '@rtpx/clickhouse/server/engine-config'
import type { EdgeProcess } from '@rtpx/edge/faults/edge-process'
import { System } from '@rtpx/edge/faults/system'
import { freePorts } from '../plan.ts'
import { examine } from './examine.ts'
import { bunCheck } from './machine.ts'

setDefaultTimeout(120_000)

let system: System
let edge: EdgeProcess
let environment: Record<string, string>

beforeAll(async () => {
  system = await System.start()
  edge = await system.startEdge('doctor')
  environment = {
    ...(await freePorts()),
    PATH: process.env.PATH ?? '',
    RTPX_DATA: system.folder,
    QUEUE: 'kafka',
    KAFKA_BROKERS: system.brokers,
    CLICKHOUSE_URL: system.clickhouseUrl,
    EDGE_NODES: `http://127.0.0.1:${edge.port}`,
  }
}, 120_000)
afterAll(() => system?.stop(), 180_000)

const wrong = (checks: readonly Check[]) => checks.filter(({ status }) => status !== 'ok')
const find = (checks: readonly Check[], id: string, title = '') =>
  checks.find((check) => check.id === id && check.title.includes(title))

async function until(wanted: (checks: readonly Check[]) => boolean, more = {}): Promise<Check[]> {
  const deadline = performance.now() + 90_000
  for (;;) {
    const checks = await examine({ ...environment, ...more }, 500)
    if (wanted(checks) || performance.now() > deadline) return checks
    await Bun.sleep(200)
  }
}

test('where all is well it says so of every part; a canary gets through and counts for nobody', async () => {
  await recordRun(system.clickhouse, {
    job: 'facts',
    startedAt: Date.now(),
    finishedAt: Date.now(),
    watermark: 1,
    rows: 0,
    error: '',
  })
  const checks = await until((found) => find(found, 'canary')?.status === 'ok')
  expect(wrong(await examine(environment))).toEqual([])
  expect(new Set(checks.map(({ id }) => id))).toEqual(
    new Set([
      'bun',
      'data_disk',
      'ports',
      'edge_answers',
      'edge_queue',
      'edge_spool',
      'edge_disk',
      'clock',
      'broker_answers',
      'topic_settings',
      'partitions',
      'queue_lag',
      'clickhouse_answers',
      'clickhouse_settings',
      'clickhouse_disk',
      'clickhouse_parts',
      'views',
      'queue_reading',
      'jobs',
      'freshness',
      'migrations',
      'canary',
    ]),
  )
  expect(
    checks.filter(({ id }) => id === 'clock').map(({ title }) => title.split(' ')[2]?.slice(0, 4)),
  ).toEqual(['http', 'Kafk', 'Clic'])
  const numbers = await system.clickhouse.rows(
    `SELECT (SELECT count() FROM events) AS events, (SELECT count() FROM daily_metrics) AS days, (SELECT count() FROM fact_arrivals) AS facts,
       (SELECT count() FROM page_events) AS pages, (SELECT count() FROM canaries) > 0 AS flew`,
  )
  expect(numbers).toEqual([{ events: 0, days: 0, facts: 0, pages: 0, flew: 1 }])
})

test('topics, jobs and migrations that are not as they should be, each with its remedy', async () => {
  const admin = system.kafka.admin()
  await admin.connect()
  const set = (value: string) =>
    admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: 2,
          name: 'events_queue',
          configEntries: [
            { name: 'max.message.bytes', value: '1000' },
            { name: 'retention.ms', value },
          ],
        },
      ],
    })
  await set('60000')
  await recordRun(system.clickhouse, {
    job: 'players',
    startedAt: Date.now(),
    finishedAt: Date.now() + 1,
    watermark: 0,
    rows: 0,
    error: 'no luck\nat all',
  })
  const newest = (await readMigrations()).at(-1)?.name ?? ''
  await system.clickhouse.command(
    'ALTER TABLE schema_migrations DELETE WHERE name = {newest:String} SETTINGS mutations_sync = 1',
    { newest },
  )
  const checks = await examine({ ...environment, KAFKA_REPLICATION: '3', KAFKA_PARTITIONS: '8' })
  const topic = find(checks, 'topic_settings', 'events_queue')
  expect(topic?.status).toBe('bad')
  for (const words of [
    'max.message.bytes is 1000',
    '1 copies',
    'retention.ms is 60000',
    '4 partitions, but the edges are told 8',
  ])
    expect(topic?.words).toContain(words)
  expect(topic?.advice).toContain('--add-config max.message.bytes=1048576')
  expect(find(checks, 'jobs')).toMatchObject({ status: 'bad', words: 'players fails: no luck' })
  expect(find(checks, 'migrations')?.words).toBe(`1 have not run: ${newest}`)
  await admin.alterConfigs({
    validateOnly: false,
    resources: [
      { type: 2, name: 'events_queue', configEntries: [{ name: 'max.message.bytes', value: '1048576' }] },
    ],
  })
  await admin.disconnect()
}, 180_000)

test('a view that throws is named, and so is the lag behind it', async () => {
  await system.clickhouse.command(
    `CREATE MATERIALIZED VIEW my_own_view ENGINE = Null AS SELECT throwIf(player_id = 'boom') AS x FROM events_incoming`,
  )
  // A block under way is made with the views of before.
  await Bun.sleep(1_000)
  expect((await fetch(`http://127.0.0.1:${edge.port}/visit?pid=boom&btag=b`)).status).toBe(200)
  const checks = await until((found) => find(found, 'views')?.status === 'bad')
  expect(find(checks, 'views')?.words).toMatch(/^rtpx\.my_own_view throws: .*throwIf/)
  await system.clickhouse.command('DROP VIEW my_own_view SYNC')
})

test('with parts down the others are still looked at', async () => {
  await system.killBroker()
  await fetch(`http://127.0.0.1:${edge.port}/visit?pid=p&btag=b`)
  const noBroker = await until((found) => find(found, 'edge_queue')?.status === 'warn')
  expect(find(noBroker, 'broker_answers')?.status).toBe('bad')
  expect(find(noBroker, 'edge_queue')?.words).toContain('go to the spool')
  expect(find(noBroker, 'edge_spool')?.words).toMatch(/^[1-9]\d* batches/)
  expect(find(noBroker, 'clickhouse_answers')?.status).toBe('ok')
  await system.killClickHouse()
  edge.kill('SIGKILL')
  await edge.exited
  const child = Bun.spawnSync([process.execPath, join(import.meta.dir, '../main.ts'), 'doctor', '--json'], {
    env: environment,
  })
  expect(child.exitCode).toBe(1)
  const { status, checks } = JSON.parse(child.stdout.toString()) as { status: string; checks: Check[] }
  expect(status).toBe('bad')
  expect(checks.filter((check) => check.status === 'bad').map(({ id }) => id)).toEqual([
    'edge_answers',
    'broker_answers',
    'clickhouse_answers',
    'canary',
  ])
  for (const { advice } of wrong(checks).filter((check) => check.status === 'bad'))
    expect(advice).not.toBe('')
  const text = Bun.spawnSync([process.execPath, join(import.meta.dir, '../main.ts'), 'doctor'], {
    env: environment,
  }).stdout.toString()
  expect(text).toContain('      → start it, or correct CLICKHOUSE_URL')
  expect(text).toMatch(/\n4 wrong, 0 to look at, \d not known, \d well\n$/)
})

test('an older Bun is told', () => {
  expect([bunCheck('1.3.9').status, bunCheck('1.4.0').status, bunCheck('2.0.0').status]).toEqual([
    'bad',
    'ok',
    'bad',
  ])
})

test('the profile the doctor asks for is that of the embedded engine and of users.d', async () => {
  const files = engineFiles(join(system.folder, 'profile'))
  writeEngineConfig(files, {
    memoryBytes: 1e9,
    database: 'rtpx',
    logLevel: 'warning',
    newId: () => crypto.randomUUID(),
  })
  const embedded = await Bun.file(join(files.root, 'users.xml')).text()
  const server = await Bun.file(join(import.meta.dir, '../../clickhouse/users.d/rtpx.xml')).text()
  for (const [name, value] of Object.entries(PROFILE))
    for (const text of [embedded, server]) expect(text).toContain(`<${name}>${value}</${name}>`)
  for (const [name, value] of Object.entries(CLUSTER_PROFILE))
    expect(server).toContain(`<${name}>${value}</${name}>`)
  const inServer = [...server.matchAll(/^ {6}<(\w+)>/gm)].map(([, name]) => name)
  expect(inServer.sort()).toEqual(Object.keys({ ...PROFILE, ...CLUSTER_PROFILE }).sort())
})

test('a ClickHouse without the profile is told which settings differ', async () => {
  await system.restartClickHouse()
  const checks = await until((found) => find(found, 'clickhouse_answers')?.status === 'ok')
  expect(find(checks, 'clickhouse_settings')?.status).toBe('ok')
  const cluster = await examine({ ...environment, CLICKHOUSE_CLUSTER: 'all' })
  expect(find(cluster, 'clickhouse_settings')?.words).toContain('distributed_foreground_insert is 0, not 1')
})
