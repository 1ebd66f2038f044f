/** Several workers behind one port, as processes: no queue is there, so the spools make events durable. */
import { afterEach, beforeEach, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectClickHouse } from '@rtpx/clickhouse/client'
import { ensureSchema } from '@rtpx/clickhouse/schema'
import { spawnClickHouse } from '@rtpx/clickhouse/server/spawn'

setDefaultTimeout(120_000)

const NOWHERE = 'http://127.0.0.1:1'

let dataDir: string
let supervisor: Bun.Subprocess<'ignore', 'ignore', 'ignore'>
let url: string

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'rtpx-workers-'))
  supervisor = start(await freePort(), 2)
  await until(async () => (await workers()).length === 2)
})
afterEach(async () => {
  supervisor.kill('SIGTERM')
  await supervisor.exited
  await rm(dataDir, { recursive: true })
})

function start(port: number, count: number, clickhouse = NOWHERE) {
  url = `http://127.0.0.1:${port}`
  return Bun.spawn([process.execPath, join(import.meta.dir, 'main.ts')], {
    env: {
      ...process.env,
      RTPX_DATA: dataDir,
      EDGE_PORT: String(port),
      EDGE_WORKERS: String(count),
      QUEUE: 'direct',
      CLICKHOUSE_URL: clickhouse,
    },
    stdio: ['ignore', 'ignore', 'ignore'],
  })
}

async function freePort(): Promise<number> {
  const probe = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
  const { port } = probe
  probe.stop(true)
  return port
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 90_000
  while (!(await condition().catch(() => false))) {
    if (performance.now() > deadline) throw new Error('it did not come to that')
    await Bun.sleep(50)
  }
}

/** The metrics of one name, by worker. */
async function metric(name: string): Promise<Map<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const lines = text.matchAll(new RegExp(`^${name}\\{[^}]*worker="(\\d+)"[^}]*\\} (\\S+)$`, 'gm'))
  return new Map([...lines].map(([, worker = '', value]) => [worker, Number(value)]))
}

const workers = async () => [...(await metric('rtpx_edge_queue_up')).keys()].sort()
const total = async (name: string) =>
  [...(await metric(name)).values()].reduce((sum, value) => sum + value, 0)
const fire = (player: number) =>
  fetch(`${url}/visit?player_id=p${player}&banner_tag=b`, {
    keepalive: false,
    headers: { connection: 'close' },
  })

/** Process ids of the supervisor's children. */
async function children(): Promise<number[]> {
  const text = await Bun.file(`/proc/${supervisor.pid}/task/${supervisor.pid}/children`).text()
  return text.split(' ').filter(Boolean).map(Number)
}

const isAlive = (pid: number) => Bun.file(`/proc/${pid}/stat`).exists()

test('share a port, each with its own spool, and any of them answers for all', async () => {
  for (let player = 0; player < 60; player += 1) expect((await fire(player)).status).toBe(200)
  await until(async () => (await total('rtpx_edge_events_accepted_total')) === 60)
  expect((await metric('rtpx_edge_events_accepted_total')).size).toBe(2)
  expect(await readdir(join(dataDir, 'edge'))).toEqual(['worker-0', 'worker-1'])
})

test('a worker that dies is started again, and the other goes on', async () => {
  const [victim = 0] = await children()
  process.kill(victim, 'SIGKILL')
  await until(async () => (await fire(1)).status === 200)
  await until(async () => (await children()).length === 2 && !(await children()).includes(victim))
  await until(async () => (await workers()).length === 2)
})

test('workers whose supervisor was killed end by themselves', async () => {
  const orphans = await children()
  supervisor.kill('SIGKILL')
  await until(async () => !(await Promise.all(orphans.map(isAlive))).includes(true))
})

test('with fewer workers than before, the spools of the others are emptied all the same', async () => {
  for (let player = 0; player < 40; player += 1) await fire(player)
  supervisor.kill('SIGTERM')
  expect(await supervisor.exited).toBe(0)
  const server = await spawnClickHouse()
  const connection = { url: server.url, username: 'default', password: '', database: 'rtpx' }
  const clickhouse = connectClickHouse(connection)
  try {
    await ensureSchema(connection, { brokers: [], consumers: 1 }, dataDir)
    supervisor = start(await freePort(), 1, server.url)
    await until(async () => {
      const [row] = await clickhouse.rows<{ events: number }>('SELECT count() AS events FROM events')
      return row?.events === 40
    })
  } finally {
    await clickhouse.close()
    await server.stop()
  }
})
