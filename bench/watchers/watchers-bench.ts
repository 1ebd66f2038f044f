/**
 * Ten thousand open pages on one site: what they cost ClickHouse beside one, how long until all of them have a change, and what each
 * takes of the dashboard's memory.
 */
import { join } from 'node:path'
import { ownerHeaders } from '@rtpx/cli/owner'
import { type ClickHouse, connectClickHouse } from '@rtpx/clickhouse/client'
import type { Bench, Context } from '../bench.ts'
import { type Child, startChild } from '../measure/child.ts'
import { type Row, row } from '../measure/row.ts'
import { percentile } from '../measure/stats.ts'
import { fireVisit, ownSystem } from '../system.ts'
import { slowClient } from './slow-client.ts'

const WATCHERS = 10_000
const QUICK_WATCHERS = 1_000
const COST = 'queries a second, with all of them'
const COST_OF_ONE = 'queries a second, with one watcher'
const LAST = 'from a pixel until all have it, p50'
/** Readings of the overview are a few statements; others of the system's own come and go. */
const MORE_QUERIES = 2

export const watchersBench: Bench = {
  name: 'watchers',
  about: `${WATCHERS.toLocaleString('en')} open pages of one site: queries, memory, time until all have a change`,
  bars: [
    { bench: 'watchers', case: 'queries more than with one', unit: 'queries/s', atMost: MORE_QUERIES },
    { bench: 'watchers', case: LAST, unit: 'ms', atMost: 2_000 },
  ],
  run,
}

interface Version {
  readonly version: number
  readonly visits: number
  readonly first: number
  readonly last: number
}

async function run(context: Context): Promise<{ rows: Row[]; notes: string[] }> {
  const count = context.quick ? QUICK_WATCHERS : WATCHERS
  const seconds = context.quick ? 5 : 10
  context.say('  starting the system')
  const system = await ownSystem(context, 'direct', {
    LIVE_CONNECTIONS: String(2 * WATCHERS),
    LIVE_CONNECTIONS_PER_CALLER: String(2 * WATCHERS),
  })
  const { edge, dashboard, clickhouse: url } = system.urls
  const clickhouse = connectClickHouse({ url, username: 'default', password: '', database: 'rtpx' })
  context.cleanup.add(() => clickhouse.close())
  const { cookie } = await ownerHeaders(dashboard)
  await fireVisit(edge, 'first')

  const before = await residentBytes(dashboard)
  const watch = (watchers: number) =>
    startChild(
      {
        command: [
          'bash',
          '-c',
          'ulimit -n "$(ulimit -Hn)" && exec "$@"',
          'watchers',
          process.execPath,
          join(import.meta.dir, 'watchers-child.ts'),
          `${dashboard.replace('http', 'ws')}/live`,
          String(watchers),
        ],
        env: { COOKIE: cookie },
        logFile: join(context.folder, `watchers-${watchers}.log`),
      },
      context.cleanup,
    )
  const one = watch(1)
  await untilSays(one, 'opened 1', 30_000)
  const costOfOne = await queriesASecond(clickhouse, seconds)
  await one.stop()

  context.say(`  opening ${count.toLocaleString('en')} lines`)
  const startedAt = performance.now()
  const all = watch(count)
  await untilSays(all, `opened ${count}\n`, 120_000)
  const openedMs = performance.now() - startedAt
  const after = await residentBytes(dashboard)
  const costOfAll = await queriesASecond(clickhouse, seconds)

  context.say('  firing visits')
  const waits: number[] = []
  const spreads: number[] = []
  for (let visits = 2; visits < (context.quick ? 7 : 22); visits += 1) {
    await Bun.sleep(Math.random() * 1_000)
    const firedAt = performance.timeOrigin + performance.now()
    await fireVisit(edge, `watched-${visits}`)
    const { first, last } = await untilVisits(all, visits)
    waits.push(last - firedAt)
    spreads.push(last - first)
  }
  const closed = [...all.output().matchAll(/^closed /gm)].length
  await all.stop()
  const slow = context.quick ? undefined : await slowRows(context, new URL(dashboard), cookie)
  const rows = [
    row('watchers', COST_OF_ONE, costOfOne, 'queries/s'),
    row('watchers', COST, costOfAll, 'queries/s'),
    row('watchers', 'queries more than with one', Math.max(0, costOfAll - costOfOne), 'queries/s'),
    row('watchers', LAST, percentile(waits, 0.5), 'ms'),
    row('watchers', 'from a pixel until all have it, p99', percentile(waits, 0.99), 'ms'),
    row('watchers', 'from the first to the last watcher, p50', percentile(spreads, 0.5), 'ms'),
    row('watchers', 'memory of the dashboard', (after - before) / count / 1024, 'KiB/watcher'),
    row('watchers', 'opening a line', openedMs / count, 'ms'),
    row('watchers', 'lines lost', closed, 'lines'),
  ]
  return {
    rows,
    notes: [`${count.toLocaleString('en')} watchers, ${waits.length} visits`, ...(slow ? [slow] : [])],
  }
}

/** What a client that never reads gets, and what it costs. */
async function slowRows(context: Context, url: URL, cookie: string): Promise<string> {
  context.say('  a client that never reads')
  const before = await residentBytes(url.origin)
  const client = await slowClient(url, cookie, 300)
  await Bun.sleep(10_000)
  const grown = Math.max(0, (await residentBytes(url.origin)) - before) / 1024 / 1024
  const { bytes, isClosed } = await client.read(5_000)
  const end = isClosed ? 'was dropped' : 'was kept: what it was sent fits into what the kernel holds for it'
  return `a client that asked 300 times and never read ${end}; it had been sent ${(bytes / 1024 / 1024).toFixed(1)} MiB, the dashboard grew by ${grown.toFixed(1)} MiB`
}

const residentBytes = async (dashboard: string) => {
  const text = await (await fetch(`${dashboard}/metrics`)).text()
  return Number(/^rtpx_dashboard_resident_bytes (\S+)$/m.exec(text)?.[1])
}

/** SELECTs that ClickHouse has answered, whoever asked. */
async function selects(clickhouse: ClickHouse): Promise<number> {
  const [found] = await clickhouse.rows<{ value: number }>(
    `SELECT toFloat64(value) AS value FROM system.events WHERE event = 'SelectQuery'`,
  )
  return found?.value ?? 0
}

async function queriesASecond(clickhouse: ClickHouse, seconds: number): Promise<number> {
  const before = await selects(clickhouse)
  await Bun.sleep(seconds * 1000)
  return ((await selects(clickhouse)) - before) / seconds
}

async function untilSays(child: Child, text: string, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!child.output().includes(text)) {
    if (performance.now() > deadline) throw new Error(`no "${text.trim()}": ${child.output().slice(-500)}`)
    await Bun.sleep(50)
  }
}

/** Waits until all watchers know of so many visits. */
async function untilVisits(child: Child, visits: number): Promise<Version> {
  const deadline = performance.now() + 30_000
  for (;;) {
    const versions = [...child.output().matchAll(/^VERSION (.*)$/gm)].map(([, text = '']) => JSON.parse(text))
    const found = (versions as Version[]).find((version) => version.visits >= visits)
    if (found) return found
    if (performance.now() > deadline) throw new Error(`not all heard of ${visits} visits`)
    await Bun.sleep(20)
  }
}
