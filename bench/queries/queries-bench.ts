/**
 * How long the dashboard's questions take over a year of events, cold and warm, and how that grows with ten times the events.
 * Each size has a database of its own, filled through the same views as live events, folded and closed by the aggregator's jobs.
 */
import { type ClickHouse, connectClickHouse } from '@rtpx/clickhouse/client'
import { countingState } from '@rtpx/clickhouse/queries/metrics'
import { ensureSchema } from '@rtpx/clickhouse/schema'
import { spawnClickHouse } from '@rtpx/clickhouse/server/spawn'
import type { Bench, Context } from '../bench.ts'
import { POPULATION } from '../generate/events.ts'
import { fillYear } from '../generate/fill-year.ts'
import { type Row, row } from '../measure/row.ts'
import { percentile } from '../measure/stats.ts'
import { otherQuestions, overviewQuestions } from './questions.ts'

const LARGEST = 100_000_000
const SIZES = [1_000_000, 10_000_000] as const
const ASKED = 25
/** Players of a year with the largest number of events; fewer events have fewer. */
const playersOf = (events: number) => Math.ceil((POPULATION.players * events) / LARGEST)

const name = (events: number) =>
  events >= 1_000_000 ? `${events / 1_000_000} million` : events.toLocaleString('en')

export const queriesBench: Bench = {
  name: 'queries',
  about: 'the dashboard’s questions over a year of events; RTPX_BENCH_EVENTS=100000000 adds a size',
  bars: overviewQuestions(0, '').map((question) => ({
    bench: 'queries',
    case: `${name(Math.max(...sizes(false)))}: ${question.name}, p95`,
    unit: 'ms',
    atMost: 50,
  })),
  run,
}

function sizes(quick: boolean): number[] {
  if (quick) return [365_000]
  const more = Number(process.env.RTPX_BENCH_EVENTS ?? 0)
  return more > 0 ? [...SIZES, more] : [...SIZES]
}

async function run(context: Context): Promise<{ rows: Row[]; notes: string[] }> {
  const rows: Row[] = []
  const notes: string[] = []
  let smaller: number | undefined
  for (const events of sizes(context.quick)) {
    await measure(context, events, smaller, rows, notes)
    smaller = events
  }
  return { rows, notes }
}

async function measure(
  context: Context,
  events: number,
  smaller: number | undefined,
  rows: Row[],
  notes: string[],
) {
  const server = await context.cleanup.hold(
    () => spawnClickHouse({ dataDirectory: `${context.folder}/${events}` }),
    (started) => started.stop(),
  )
  const connection = { url: server.url, username: 'default', password: '', database: 'rtpx' }
  await ensureSchema(connection, { brokers: [], consumers: 1 }, context.folder)
  const clickhouse = connectClickHouse({ ...connection, requestTimeoutMs: 3_600_000 })
  context.cleanup.add(() => clickhouse.close())
  const begunAt = performance.now()
  const population = { ...POPULATION, players: playersOf(events) }
  let days = 0
  await fillYear(clickhouse, { events, population, now: Date.now }, (day) => {
    days += 1
    if (days % 73 === 0) context.say(`  ${name(events)} events: filled up to ${day}`)
  })
  const seconds = (performance.now() - begunAt) / 1_000
  notes.push(
    `${name(events)} events, ${population.players.toLocaleString('en')} players: filled and folded in ${Math.round(seconds)} s`,
  )
  await settle(clickhouse)
  const { since } = await countingState(clickhouse)
  for (const question of [...overviewQuestions(Date.now(), since), ...otherQuestions(Date.now())]) {
    const times: number[] = []
    for (let index = 0; index <= ASKED; index += 1) {
      const from = performance.now()
      await question.ask(clickhouse)
      times.push(performance.now() - from)
    }
    const [cold = 0, ...warm] = times
    const base = (label: string) =>
      smaller === undefined ? undefined : `${name(smaller)}: ${question.name}, ${label}`
    const add = (label: string, value: number) =>
      rows.push(row('queries', `${name(events)}: ${question.name}, ${label}`, value, 'ms', base(label), rows))
    add('first', cold)
    add('p50', percentile(warm, 0.5))
    add('p95', percentile(warm, 0.95))
  }
  const [disk] = await clickhouse.rows<{ bytes: number }>(
    'SELECT sum(bytes_on_disk) AS bytes FROM system.parts WHERE active AND database = currentDatabase()',
  )
  rows.push(row('queries', `${name(events)}: on disk`, (disk?.bytes ?? 0) / events, 'bytes/event'))
  await clickhouse.close()
  await server.stop()
}

/** Waits until the merges that filling left behind are done, so that they are not measured. */
async function settle(clickhouse: ClickHouse): Promise<void> {
  const deadline = performance.now() + 300_000
  for (;;) {
    const [row] = await clickhouse.rows<{ merges: number }>('SELECT count() AS merges FROM system.merges')
    if ((row?.merges ?? 0) === 0 || performance.now() > deadline) return
    await Bun.sleep(500)
  }
}
