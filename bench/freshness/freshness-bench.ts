/**
 * From a pixel's request to where it is a number: in Kafka (the edge's answer), in each table, in `/api/metrics`, painted on the open overview in
 * Chromium. Idle, beside other traffic, and with the settings ClickHouse's Kafka engine has by itself.
 *
 * A pixel at a time; of tables and API one is asked at a time, so that asking slows nothing down but itself. The page is told, not asked.
 */
import { type ClickHouse, connectClickHouse } from '@rtpx/clickhouse/client'
import { ensureQueue } from '@rtpx/clickhouse/queue'
import type { Page } from 'playwright-core'
import type { Bench, Context } from '../bench.ts'
import { openBrowser } from '../measure/browser.ts'
import { type Row, row } from '../measure/row.ts'
import { percentile } from '../measure/stats.ts'
import { queueWith } from '../queue.ts'
import { fireVisit, ownSystem, untilWorks } from '../system.ts'
import { besideLoad, highestRate } from './load.ts'
import {
  API,
  apiWatcher,
  openOverview,
  PAGE,
  tableWatcher,
  untilPageChanges,
  type Watcher,
} from './watchers.ts'

const DEFAULTS = 'ClickHouse’s default flush'
/** ClickHouse's `stream_flush_interval_ms`, which `kafka_flush_interval_ms` defaults to. */
const DEFAULT_FLUSH_MS = 7_500
const DEFAULT_PIXELS = 15
/** The settings that make the door of events flush early, left to ClickHouse. */
const DEFAULT_FLUSH = {
  kafka_flush_interval_ms: null,
  kafka_poll_timeout_ms: null,
  kafka_consumer_reschedule_ms: null,
}
const KAFKA = 'in Kafka'

export const freshnessBench: Bench = {
  name: 'freshness',
  about: 'from a pixel to Kafka, each table, /api/metrics and the open page in Chromium',
  bars: [
    { bench: 'freshness', case: `idle, ${API}, p50`, unit: 'ms', atMost: 300 },
    { bench: 'freshness', case: `10,000 events/s, ${API}, p50`, unit: 'ms', atMost: 150 },
    { bench: 'freshness', case: `10,000 events/s, ${API}, p99`, unit: 'ms', atMost: 400 },
  ],
  run,
}

/** What is measured, and ms by what it was seen in. */
type Times = Map<string, Map<string, number[]>>

async function run(context: Context): Promise<{ rows: Row[]; notes: string[] }> {
  const { quick, cleanup } = context
  context.say('  starting the system')
  const system = await ownSystem(context, 'kafka')
  const { edge, dashboard, clickhouse: url } = system.urls
  const clickhouse = connectClickHouse({ url, username: 'default', password: '', database: 'rtpx' })
  cleanup.add(() => clickhouse.close())
  await untilWorks(() => fireVisit(edge, 'first'), 10_000)
  const browser = await openBrowser(context.folder, cleanup)
  const page = await openOverview(browser, dashboard)
  const api = apiWatcher(dashboard)
  const tables = (['events', 'daily_metrics', 'event_summary'] as const).map((name) =>
    tableWatcher(clickhouse, name),
  )
  // The API is what the bars are about: it is asked every other time.
  const inTurn = tables.flatMap((table) => [api, table])
  const sample = (name: string, count: number, watchers: readonly Watcher[] = inTurn, flushMs = 150) =>
    seen({ edge, page }, name, { count, watchers, flushMs })

  await sample('warm-up', 4)
  const count = quick ? 8 : 160
  const rare = quick ? 1 : 8
  const others = (['players', 'page_minutes', 'rejected_events'] as const).map((name) =>
    tableWatcher(clickhouse, name),
  )
  /** These are asked less often: they have a job or a door of their own, which is slower. */
  const sampleAll = async (name: string) => {
    const found = await sample(name, count)
    if (quick && name !== 'idle') return found
    const slower = await sample(`${name}-others`, rare * others.length, others, 500)
    for (const { name: table } of others) found.set(table, slower.get(table) ?? [])
    return found
  }
  const times: Times = new Map()
  context.say('  idle')
  times.set('idle', await sampleAll('idle'))
  for (const rate of quick ? [10_000] : [100, 1_000, 10_000]) {
    context.say(`  beside ${rate.toLocaleString('en')} events/s`)
    const name = `${rate.toLocaleString('en')} events/s`
    times.set(name, await besideLoad(context, edge, rate, () => sampleAll(name)))
  }
  const notes = [
    `${count} pixels each; ${API} saw every other one, each table every sixth; ${others.map(({ name }) => name).join(', ')} of ${rare} each`,
    'p99 of fewer than 100, and p95 of fewer than 20, are the slowest one',
    'other traffic: pixels up to 1,000 events/s, batches of 100 above; it, the browser and the system share the cores',
  ]
  // The default flush alone takes half a minute, whatever is sampled.
  if (quick) return { rows: rowsOf(times), notes }
  context.say('  the highest rate')
  const highest = await highestRate(context, edge, async (rate) => {
    const found = await sample(`at-${rate}`, 20, [api])
    return Math.max(...(found.get(API) ?? []))
  })
  context.say('  with ClickHouse’s default flush')
  await setQueue(clickhouse, await queueWith(DEFAULT_FLUSH), system.brokers ?? '')
  await sample('warm-up-again', 1, [api])
  times.set(DEFAULTS, await sample('defaults', DEFAULT_PIXELS, [api], DEFAULT_FLUSH_MS))
  return {
    rows: [...rowsOf(times), row('freshness', 'highest sustained', highest.rate, 'events/s')],
    notes: [...notes, `of ${DEFAULTS} ${DEFAULT_PIXELS} pixels`, highest.note],
  }
}

interface Asked {
  readonly count: number
  readonly watchers: readonly Watcher[]
  readonly flushMs: number
}

/** Pixels one after the other, each after a pause of up to a flush's interval: in step with it they would all wait longest. */
async function seen(
  { edge, page }: { readonly edge: string; readonly page: Page },
  name: string,
  { count, watchers, flushMs }: Asked,
): Promise<Map<string, number[]>> {
  const times = new Map<string, number[]>()
  const add = (where: string, ms: number) => times.set(where, [...(times.get(where) ?? []), ms])
  for (let index = 0; index < count; index += 1) {
    const watcher = watchers[index % watchers.length]
    if (!watcher) break
    await Bun.sleep(Math.random() * flushMs)
    const player = `${name}-${index}`.replaceAll(/\W/g, '-')
    const isThere = await watcher.begin(player)
    const painted = watcher.isVisit ? untilPageChanges(page) : undefined
    // The page begins to watch before the pixel is fired: this answer comes after it has.
    await page.evaluate('0')
    const firedAt = Date.now()
    const since = () => Date.now() - firedAt
    await watcher.fire(edge, player)
    if (watcher.isVisit) add(KAFKA, since())
    const [, paintedAt] = await Promise.all([isThere().then(() => add(watcher.name, since())), painted])
    if (paintedAt !== undefined) add(PAGE, paintedAt - firedAt)
  }
  return times
}

async function setQueue(clickhouse: ClickHouse, template: string, brokers: string): Promise<void> {
  const done = await ensureQueue(clickhouse, template, { brokers: brokers.split(','), consumers: 1 })
  if (done !== 'opened') throw new Error(`the queue was ${done}, not opened anew`)
}

const SHARES = [
  ['p50', 0.5],
  ['p95', 0.95],
  ['p99', 0.99],
] as const

function rowsOf(times: Times): Row[] {
  const rows: Row[] = []
  for (const name of [DEFAULTS, ...[...times.keys()].filter((other) => other !== DEFAULTS)])
    for (const [where, list] of times.get(name) ?? [])
      for (const [label, share] of SHARES) {
        const base = name === DEFAULTS ? undefined : `${DEFAULTS}, ${where}, ${label}`
        const value = percentile(list, share)
        rows.push(row('freshness', `${name}, ${where}, ${label}`, value, 'ms', base, rows))
      }
  return rows
}
