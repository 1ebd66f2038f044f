import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { readMeasured } from './measured.ts'
import { type Load, needsOf } from './model.ts'

const LOAD: Load = {
  eventsPerSecond: 1_000,
  peak: 3,
  retentionDays: 400,
  replication: 3,
  replicas: 2,
  coresPerNode: 16,
  tibPerNode: 16,
}
const measured = readMeasured()
const MILLION = { ...LOAD, eventsPerSecond: 1_000_000 }

test('rests on figures that were measured, each with its place', () => {
  for (const { value, from } of Object.values(measured)) {
    expect(value).toBeGreaterThan(0)
    expect(from).toMatch(/^bench \w+, ".+"(, of 2 cores)?; \d{4}-\d\d-\d\d, .+/)
  }
  expect(measured.tableBytes.value).toBeGreaterThan(measured.logBytes.value)
})

test('what is planned carries the load, with the share of each core that was planned', () => {
  for (const eventsPerSecond of [10, 1_000, 50_000, 1_000_000]) {
    const load = { ...LOAD, eventsPerSecond }
    const { edge, kafka, clickhouse, peakPerSecond } = needsOf(load, measured)
    expect(edge.cores * measured.edgePerCore.value * 0.5).toBeGreaterThanOrEqual(peakPerSecond)
    // Without the spare one too.
    expect((edge.nodes - 1) * load.coresPerNode).toBeGreaterThanOrEqual(edge.cores)
    expect(
      clickhouse.shards * clickhouse.coresPerServer * measured.clickhousePerCore.value * 0.5,
    ).toBeGreaterThanOrEqual(peakPerSecond)
    expect(
      clickhouse.consumersPerServer * clickhouse.servers * measured.consumerRate.value * 0.5,
    ).toBeGreaterThanOrEqual(peakPerSecond)
    expect(kafka.partitions).toBeGreaterThanOrEqual(clickhouse.consumersPerServer * clickhouse.servers)
    expect(clickhouse.servers).toBe(clickhouse.shards * load.replicas)
    expect(clickhouse.coresPerServer).toBeLessThanOrEqual(load.coresPerNode)
    expect(clickhouse.diskGibPerServer).toBeLessThanOrEqual(load.tibPerNode * 1024)
    expect(kafka.brokers).toBeGreaterThanOrEqual(3)
    const raw = eventsPerSecond * 86_400 * load.retentionDays * measured.logBytes.value
    expect(clickhouse.shards * clickhouse.diskGibPerServer * 1024 ** 3).toBeGreaterThan(raw)
  }
})

test('more of anything never needs less', () => {
  const numbers = (load: Load) =>
    JSON.stringify(needsOf(load, measured))
      .match(/[\d.]+/g)
      ?.map(Number) ?? []
  const total = (load: Load) =>
    needsOf(load, measured).clickhouse.shards * needsOf(load, measured).clickhouse.diskGibPerServer
  expect(total({ ...LOAD, retentionDays: 800 })).toBeGreaterThan(total(LOAD))
  expect(needsOf({ ...LOAD, peak: 9 }, measured).peakPerSecond).toBe(9_000)
  expect(numbers(MILLION).length).toBe(numbers(LOAD).length)
  expect(needsOf(MILLION, measured).clickhouse.shards).toBeGreaterThan(
    needsOf(LOAD, measured).clickhouse.shards,
  )
  expect(() => needsOf({ ...LOAD, peak: 0 }, measured)).toThrow('peak must be more than 0')
})

test('the command says what is needed, what was measured and what is assumed', () => {
  const run = (...args: string[]) => {
    const { exitCode, stdout, stderr } = Bun.spawnSync([
      process.execPath,
      join(import.meta.dir, '../main.ts'),
      'capacity',
      ...args,
    ])
    return { exitCode, out: stdout.toString(), error: stderr.toString() }
  }
  const { exitCode, out } = run('--events-per-second', '1000000', '--retention', '400d')
  expect(exitCode).toBe(0)
  for (const words of [
    'partitions of events_queue',
    'Measured (bench/results',
    'Assumed, not measured',
    '3,000,000',
  ])
    expect(out).toContain(words)
  const { needs } = JSON.parse(run('--events-per-second', '1000', '--json').out) as { needs: unknown }
  expect(needs).toEqual(JSON.parse(JSON.stringify(needsOf(LOAD, measured))))
  expect(run('--events-per-second', 'many')).toMatchObject({
    exitCode: 1,
    error: expect.stringContaining('not a number above 0') as string,
  })
})
