/** A backup taken under load holds everything acknowledged before it, restores on another folder, and its numbers are those of its events. */
import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectClickHouse } from '@rtpx/clickhouse/client'
import { startLoad } from '@rtpx/edge/faults/load'
import { readUpSettings } from '../config.ts'
import { identify } from '../process-identity.ts'
import { startSystem } from '../system.ts'
import { backUp } from './backup.ts'
import { whileFrozen } from './frozen.ts'
import { recountDays, restore } from './restore.ts'
import { stage } from './stage.ts'

setDefaultTimeout(240_000)

const folder = mkdtempSync(join(tmpdir(), 'rtpx-backup-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const env = { ...process.env, KAFKA_BROKERS: '', CLICKHOUSE_URL: '', MIN_FREE_MIB: '0' }

test('under load, through Kafka: nothing acknowledged before is missing, and pixels are answered meanwhile', async () => {
  const dataDir = join(folder, 'one')
  const file = join(folder, 'backup.tar')
  const system = await startSystem({ dataDir, queue: 'kafka', ports: 'free', env })
  const load = startLoad({
    port: Number(new URL(system.urls.edge).port),
    eventType: 'backed_up',
    pixelConnections: 8,
    batchConnections: 1,
    eventsPerBatch: 20,
    players: 50,
    pauseMs: 10,
  })
  let before: Set<string>
  let secret: string
  try {
    await Bun.sleep(2_000)
    before = new Set(load.ledger.acknowledged)
    const report = await backUp(
      readUpSettings({ ...system.env, KAFKA_BROKERS: '', CLICKHOUSE_URL: '' }),
      '0',
      file,
      Date.now(),
    )
    expect(report.heldMs).toBeGreaterThan(0)
    expect(report.linked).toBeGreaterThan(10)
    expect(report.manifest.folders).toEqual(
      expect.arrayContaining(['clickhouse', 'edge', 'kafka', 'secrets']) as string[],
    )
    const { answers, acknowledged } = await load.stop()
    expect([...answers.keys()].sort()).toEqual(['200', '202'])
    expect(acknowledged.size).toBeGreaterThan(before.size)
    secret = readFileSync(join(dataDir, 'secrets/server-key'), 'utf8')
    await expect(restore(file, dataDir, { replace: true, days: 0 }, Date.now())).rejects.toThrow('rtpx is up')
  } finally {
    await load.stop()
    await system.stop()
  }
  expect(before.size).toBeGreaterThan(100)
  expect(readdirSync(join(dataDir, 'run')).filter((name) => name.startsWith('backup'))).toEqual([])

  const other = join(folder, 'two')
  const restored = await restore(file, other, { replace: false, days: 5 }, Date.now())
  expect(restored.recount?.lines.at(-1)).toMatch(/^[1-9]\d* days from .* counted again: \d+ differences$/)
  expect(readFileSync(join(other, 'secrets/server-key'), 'utf8')).toBe(secret)
  await expect(restore(file, other, { replace: false, days: 0 }, Date.now())).rejects.toThrow(
    '--replace moves it aside',
  )

  const again = await startSystem({ dataDir: other, queue: 'kafka', ports: 'free', env })
  try {
    const lost = async () => {
      const sql = `SELECT toString(event_id) AS id FROM rtpx.events WHERE event_type = 'backed_up' FORMAT TSV`
      const answer = await fetch(`${again.urls.clickhouse}/?user=default`, { method: 'POST', body: sql })
      const there = (await answer.text()).trim().split('\n')
      expect(new Set(there).size).toBe(there.length)
      return before.difference(new Set(there)).size
    }
    const deadline = performance.now() + 60_000
    while ((await lost()) > 0 && performance.now() < deadline) await Bun.sleep(300)
    expect(await lost()).toBe(0)
    // Now that Kafka has brought again whatever ClickHouse was at when it was held.
    const clickhouse = connectClickHouse({
      url: again.urls.clickhouse,
      username: 'default',
      password: '',
      database: 'rtpx',
    })
    const { lines, differences } = await recountDays(clickhouse, 5).finally(() => clickhouse.close())
    expect({ lines, differences }).toMatchObject({ differences: 0 })
    expect((await fetch(`${again.urls.edge}/visit?pid=p&btag=b`)).status).toBe(200)
  } finally {
    await again.stop()
  }

  const replaced = await restore(file, other, { replace: true, days: 0 }, Date.now())
  expect(existsSync(join(replaced.replaced ?? '', 'clickhouse'))).toBe(true)
  appendFileSync(file, 'x')
  await expect(restore(file, join(folder, 'three'), { replace: false, days: 0 }, Date.now())).rejects.toThrow(
    'is damaged',
  )
  expect(existsSync(join(folder, 'three/clickhouse'))).toBe(false)
})

test('what never changes is linked, what does is copied, and what belongs to a process is left out', () => {
  const from = join(folder, 'staged')
  const write = (path: string) => {
    mkdirSync(join(from, path, '..'), { recursive: true })
    writeFileSync(join(from, path), path)
  }
  const part = 'clickhouse/engine/store/abc/abcd-ef/202611_1_8_2/data.bin'
  for (const path of [
    part,
    'clickhouse/engine/store/abc/abcd-ef/mutation_3.txt',
    'clickhouse/engine/store/abc/abcd-ef/tmp_insert_x/data.bin',
    'clickhouse/lock',
    'clickhouse/server.log',
    'edge/worker-0/spool/owner-12-abc',
    'kafka/data/t-0/00000000000000000000.log',
    'kafka/data/t-0/00000000000000000090.log',
    'secrets/key',
  ])
    write(path)
  const into = join(folder, 'staging')
  expect(stage(from, ['clickhouse', 'edge', 'kafka', 'secrets'], into)).toEqual({ files: 5, linked: 2 })
  const same = (path: string) => statSync(join(from, path)).ino === statSync(join(into, path)).ino
  expect(same(part)).toBe(true)
  expect(same('kafka/data/t-0/00000000000000000000.log')).toBe(true)
  expect(same('kafka/data/t-0/00000000000000000090.log')).toBe(false)
  expect(existsSync(join(into, 'clickhouse/lock'))).toBe(false)
})

test('a backup that is killed lets go of what it held', async () => {
  const held = Bun.spawn(['sleep', '60'])
  const state = () => /^State:\s+(\S)/m.exec(readFileSync(`/proc/${held.pid}/status`, 'utf8'))?.[1]
  const script = `
    import { whileFrozen } from '${join(import.meta.dir, 'frozen.ts')}'
    import { identify } from '${join(import.meta.dir, '../process-identity.ts')}'
    await whileFrozen([identify(${held.pid})], () => { console.log('held'); Bun.sleepSync(60_000) })`
  const killed = Bun.spawn([process.execPath, '-e', script], { stdout: 'pipe' })
  try {
    for await (const piece of killed.stdout) if (Buffer.from(piece).toString().includes('held')) break
    expect(state()).toBe('T')
    killed.kill('SIGKILL')
    await killed.exited
    for (let look = 0; state() === 'T' && look < 100; look += 1) await Bun.sleep(20)
    expect(state()).toBe('S')
    const identity = identify(held.pid)
    const { result } = await whileFrozen(identity ? [identity] : [], () => state())
    expect([result, state()]).toEqual(['T', 'S'])
  } finally {
    held.kill('SIGKILL')
    await held.exited
  }
})
