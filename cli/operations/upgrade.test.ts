/** From the first release's schema to the newest, and back, while events arrive: none is lost, none is counted twice, and none misses a rollup. */
import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { aggregatorVariables } from '@rtpx/aggregator/config'
import { scheduledJobs } from '@rtpx/aggregator/jobs/index'
import { type ClickHouse, connectClickHouse } from '@rtpx/clickhouse/client'
import { checksumOf, ensureDatabase, migrate } from '@rtpx/clickhouse/migrator'
import { ensureQueue } from '@rtpx/clickhouse/queue'
import { ensureSchema, readMigrations } from '@rtpx/clickhouse/schema'
import { spawnClickHouse } from '@rtpx/clickhouse/server/spawn'
import { readSettings } from '@rtpx/clickhouse/settings'
import { spawnEdge } from '@rtpx/edge/faults/edge-process'
import { startLoad } from '@rtpx/edge/faults/load'
import { judgeLoad } from '@rtpx/edge/faults/oracle'
import { ensureTopics } from '@rtpx/kafka/admin'
import { freePort } from '@rtpx/kafka/broker/ports'
import { spawnBroker } from '@rtpx/kafka/broker/spawn'
import { kafkaClient } from '@rtpx/kafka/client'
import { topics } from '@rtpx/kafka/topics'
import { ROOT } from '../config.ts'

/** The migrations of 0.1.0 with the beginnings of their checksums: a release is never edited. */
const FIRST_RELEASE: Readonly<Record<string, string>> = {
  '0001_sites': '63f282a2493c',
  '0002_events': '082fe37a5859',
  '0003_player_days': 'e18505ff4ed5',
  '0004_players': '4238876b5cac',
  '0005_rejected_events': '8c7604a96081',
  '0006_job_runs': '44aa1d32b630',
  '0007_recount': 'e1f472aa600f',
  '0009_deposits': '4599efdc56a5',
  '0010_findings': '08ebf8f65d6a',
  '0011_pages': 'c05bfd3baf7f',
  '0012_retention': 'c723e71a985d',
  '0013_broken_messages': 'c9072d870aca',
  '0014_anomalies': '32ba8c6c3f1c',
}

/** What later migrations took away of the first release: its dashboard or aggregator can't be put back where there is any. */
const CONTRACTED: string[] = []

const folder = mkdtempSync(join(tmpdir(), 'rtpx-upgrade-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const firstRelease = async () => (await readMigrations()).filter(({ name }) => name in FIRST_RELEASE)
/** The doors as they were then: they did not know canaries. */
const firstDoors = async () =>
  (await Bun.file(join(ROOT, 'clickhouse/queue.sql')).text()).replace(
    "    site_id = '_canary', 'canary',\n",
    '',
  )

test('the migrations of the first release are as they were released', async () => {
  const found = await firstRelease()
  expect(Object.fromEntries(found.map(({ name, sql }) => [name, checksumOf(sql).slice(0, 12)]))).toEqual(
    FIRST_RELEASE,
  )
})

/** Every column, as `table.column type`. */
const columnsOf = async (clickhouse: ClickHouse) =>
  (
    await clickhouse.rows<{ column: string }>(
      `SELECT concat(table, '.', name, ' ', type) AS column FROM system.columns
       WHERE database = currentDatabase() AND NOT startsWith(table, '.')`,
    )
  ).map(({ column }) => column)

test('upgraded and put back under load, every event is in every rollup, once', async () => {
  const broker = await spawnBroker({ dataDir: join(folder, 'kafka') })
  const server = await spawnClickHouse({ dataDirectory: join(folder, 'clickhouse') })
  const connection = { url: server.url, username: 'default', password: '', database: 'rtpx' }
  const clickhouse = connectClickHouse({ ...connection, requestTimeoutMs: 60_000 })
  const kafka = kafkaClient({ brokers: [broker.brokers], clientId: 'rtpx-test' })
  const queue = { brokers: [broker.brokers], consumers: 1 }
  const jobs = new Map(
    scheduledJobs({ ...readSettings({}, aggregatorVariables) }).map(({ job }) => [job.name, job]),
  )
  let edge: Awaited<ReturnType<typeof spawnEdge>> | undefined
  try {
    await ensureTopics(kafka, topics(4, 1), 1)
    const admin = connectClickHouse({ ...connection, database: 'default' })
    await ensureDatabase(admin, 'rtpx')
    await admin.close()
    await migrate(clickhouse, await firstRelease())
    await ensureQueue(clickhouse, await firstDoors(), queue)
    const firstColumns = await columnsOf(clickhouse)
    edge = await spawnEdge(await freePort(), join(folder, 'edge'), {
      QUEUE: 'kafka',
      KAFKA_BROKERS: broker.brokers,
      CLICKHOUSE_URL: server.url,
    })
    const load = startLoad({
      port: edge.port,
      eventType: 'deposit',
      pixelConnections: 8,
      batchConnections: 1,
      eventsPerBatch: 20,
      players: 300,
      pauseMs: 15,
    })
    await Bun.sleep(1_500)
    const before = load.ledger.acknowledged.size
    const { ran, door } = await ensureSchema(connection, queue, folder)
    const during = load.ledger.acknowledged.size
    await Bun.sleep(1_500)
    // Put back: what the first release reads and writes is still there, it finds nothing to do, and its doors feed every rollup.
    const columns = new Set(await columnsOf(clickhouse))
    expect(firstColumns.filter((column) => !columns.has(column))).toEqual(CONTRACTED)
    expect(await migrate(clickhouse, await firstRelease())).toEqual([])
    expect(await ensureQueue(clickhouse, await firstDoors(), queue)).toBe('opened')
    const back = load.ledger.acknowledged.size
    await Bun.sleep(1_500)
    const { acknowledged, answers } = await load.stop()
    expect([ran[0], door]).toEqual(
      ['0015', 'opened'].map((text, at) =>
        at === 0 ? expect.stringMatching(/^001[5-9]_/) : text,
      ) as string[],
    )
    expect(before).toBeGreaterThan(0)
    expect(during).toBeGreaterThan(before)
    expect(acknowledged.size).toBeGreaterThan(back)
    expect([...answers.keys()].sort()).toEqual(['200', '202'])
    const verdict = await judgeLoad({ kafka, clickhouse, eventType: 'deposit', acknowledged })
    expect(verdict).toMatchObject({ lostInTopic: 0, lostInClickHouse: 0, countedTwice: 0 })
    for (const name of ['facts', 'players', 'deposits']) await jobs.get(name)?.run(clickhouse, 0)
    const recount = await jobs.get('recount')?.run(clickhouse, 0)
    expect(recount?.lines?.at(-1)).toMatch(/^[1-9]\d* days from .* counted again: 0 differences$/)
  } finally {
    edge?.kill('SIGKILL')
    await edge?.exited
    await clickhouse.close()
    await server.stop()
    await broker.stop()
  }
}, 180_000)
