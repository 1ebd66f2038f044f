/**
 * From a pixel's request to the answer of `/api/metrics` that has it: idle, beside other traffic, and with the settings
 * ClickHouse's Kafka engine has by itself.
 */
import { join } from 'node:path'
import { startSystem } from '@rtpx/cli/system'
import { type ClickHouse, connectClickHouse } from '@rtpx/clickhouse/client'
import { ensureQueue } from '@rtpx/clickhouse/queue'
import type { Bench, Context } from '../bench.ts'
import { startChild } from '../measure/child.ts'
import { type Row, row } from '../measure/row.ts'
import { percentile } from '../measure/stats.ts'
import { fireVisit, ownEnvironment, untilWorks, visibleAfterMs } from '../system.ts'

const DEFAULTS = 'idle, ClickHouse’s default flush'
/** ClickHouse's `stream_flush_interval_ms`, which `kafka_flush_interval_ms` defaults to. */
const DEFAULT_FLUSH_MS = 7_500
const QUEUE_SQL = join(import.meta.dir, '../../clickhouse/queue.sql')

export const freshnessBench: Bench = {
  name: 'freshness',
  about: 'from a pixel to the number in /api/metrics',
  bars: [{ bench: 'freshness', case: 'idle, p50', unit: 'ms', atMost: 300 }],
  run,
}

interface Target {
  readonly edge: string
  readonly dashboard: string
}

async function run(context: Context): Promise<{ rows: Row[]; notes: string[] }> {
  const env = await ownEnvironment(context)
  context.say('  starting the system')
  const system = await context.cleanup.hold(
    () => startSystem({ dataDir: `${context.folder}/data`, queue: 'kafka', env: { ...process.env, ...env } }),
    (started) => started.stop(),
  )
  const { edge, dashboard, clickhouse: url } = system.urls
  const target = { edge, dashboard }
  const clickhouse = connectClickHouse({ url, username: 'default', password: '', database: 'rtpx' })
  context.cleanup.add(() => clickhouse.close())
  await sample(target, 'warm-up', 5)

  context.say('  measuring: idle, then beside traffic, then with ClickHouse’s default flush')
  const count = context.quick ? 30 : 200
  const times = new Map<string, number[]>([['idle', await sample(target, 'idle', count)]])
  for (const rate of [100, 1_000])
    times.set(`${rate.toLocaleString('en')} events/s`, await besideLoad(context, target, rate, count))
  await setQueue(clickhouse, withoutFlushSettings(await Bun.file(QUEUE_SQL).text()), system.brokers ?? '')
  await sample(target, 'warm-up-again', 1)
  times.set(DEFAULTS, await sample(target, 'defaults', context.quick ? 3 : 15, DEFAULT_FLUSH_MS))
  return {
    rows: rowsOf(times),
    notes: [...times].map(([name, list]) => `${name}: ${list.length} pixels`),
  }
}

/** Pixels one after the other, each after a pause of up to a flush's interval: in step with it they would all wait longest. */
async function sample(
  { edge, dashboard }: Target,
  name: string,
  count: number,
  flushMs = 150,
): Promise<number[]> {
  const times: number[] = []
  for (let index = 0; index < count; index += 1) {
    await Bun.sleep(Math.random() * flushMs)
    times.push(await visibleAfterMs(edge, dashboard, `${name}-${index}`.replaceAll(/\W/g, '-')))
  }
  return times
}

async function besideLoad(context: Context, target: Target, rate: number, count: number): Promise<number[]> {
  const load = startChild(
    {
      command: [process.execPath, join(import.meta.dir, 'background.ts'), target.edge, String(rate)],
      logFile: join(context.folder, `background-${rate}.log`),
    },
    context.cleanup,
  )
  await untilWorks(() => fireVisit(target.edge, `settle-${rate}`), 5_000)
  await Bun.sleep(2_000)
  const times = await sample(target, `beside-${rate}`, count)
  await load.stop()
  const result = JSON.parse(load.output().match(/^RESULT (.*)$/m)?.[1] ?? '{}') as {
    rate?: number
    failed?: number
  }
  if (!(Number(result.rate) > 0.95 * rate) || result.failed !== 0)
    throw new Error(`the background was not ${rate} events/s: ${load.output().trim().slice(-300)}`)
  return times
}

/** The door to Kafka without the settings that make it flush early. @throws when they are not where they were */
function withoutFlushSettings(template: string): string {
  const names = ['kafka_flush_interval_ms', 'kafka_poll_timeout_ms', 'kafka_consumer_reschedule_ms']
  return names.reduce((text, name) => {
    const without = text.replace(new RegExp(`^\\s*${name} = \\d+,\\n`, 'm'), '')
    if (without === text) throw new Error(`queue.sql has no ${name}`)
    return without
  }, template)
}

async function setQueue(clickhouse: ClickHouse, template: string, brokers: string): Promise<void> {
  const done = await ensureQueue(clickhouse, template, { brokers: brokers.split(','), consumers: 1 })
  if (done !== 'opened') throw new Error(`the queue was ${done}, not opened anew`)
}

function rowsOf(times: ReadonlyMap<string, readonly number[]>): Row[] {
  const rows: Row[] = []
  const order = [DEFAULTS, ...[...times.keys()].filter((name) => name !== DEFAULTS)]
  for (const name of order)
    for (const [label, share] of [
      ['p50', 0.5],
      ['p99', 0.99],
    ] as const) {
      const base = name === DEFAULTS ? undefined : `${DEFAULTS}, ${label}`
      const value = percentile(times.get(name) ?? [], share)
      rows.push(row('freshness', `${name}, ${label}`, value, 'ms', base, rows))
    }
  return rows
}
