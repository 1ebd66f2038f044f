/**
 * How long the dashboard's questions take over a year of events, cold and warm, and how that grows with ten times the events.
 * Each size has a database of its own, filled through the same views as live events, folded and closed by the aggregator's jobs.
 */
import { type ClickHouse, connectClickHouse } from '@rtpx/clickhouse/client'
import { ensureSchema } from '@rtpx/clickhouse/schema'
import { spawnClickHouse } from '@rtpx/clickhouse/server/spawn'
import type { Bench, Context } from '../bench.ts'
import { POPULATION } from '../generate/events.ts'
import { fillDays } from '../generate/fill-days.ts'
import { emptyCaches } from '../measure/caches.ts'
import { type Row, row } from '../measure/row.ts'
import { median, percentile } from '../measure/stats.ts'
import { terminalProgress } from '../progress.ts'
import { otherQuestions, overviewQuestions, type Question } from './questions.ts'

const LARGEST = 100_000_000
const SIZES = [1_000_000, 10_000_000, LARGEST] as const
const DAYS = 365
/** A short run has fewer days: each costs about as much, however few its events are. */
const QUICK = { events: 100_000, days: 45 } as const
const ASKED = 25
/** Times each question is asked with nothing of ClickHouse's in its caches. */
const ASKED_COLD = 3
/** Players of a year with the largest number of events; fewer events have fewer. */
const playersOf = (events: number) => Math.ceil((POPULATION.players * events) / LARGEST)

const name = (events: number) =>
  events >= 1_000_000 ? `${events / 1_000_000} million` : events.toLocaleString('en')

export const queriesBench: Bench = {
  name: 'queries',
  about:
    'the dashboard’s questions over a year of events, by size: all of them at 1 and 10 million, the overview’s at 100',
  bars: overviewQuestions(0).flatMap((question) => [
    ...SIZES.slice(1).map((events) => ({
      bench: 'queries',
      case: `${name(events)}: ${question.name}, p95`,
      unit: 'ms',
      atMost: 50,
    })),
    {
      bench: 'queries',
      case: `${name(LARGEST)}: ${question.name}, p50`,
      unit: 'ms',
      atMost: 1.5,
      of: 'ratio' as const,
    },
  ]),
  run,
}

async function run(context: Context): Promise<{ rows: Row[]; notes: string[] }> {
  const rows: Row[] = []
  const notes: string[] = []
  let smaller: number | undefined
  for (const events of context.events ?? (context.quick ? [QUICK.events] : SIZES)) {
    // Its days one by one take most of an hour: unless it is asked for, they are filled as their counts.
    const counts = context.counts || (!context.events && events === LARGEST)
    await measure({ ...context, counts }, events, smaller, rows, notes)
    smaller = events
  }
  const cold = 'cold: with ClickHouse’s caches emptied, the system’s not'
  return { rows, notes: [...notes, cold, '×: of the size before'] }
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
  const dayCount = context.quick ? QUICK.days : DAYS
  const filled = terminalProgress(`  ${name(events)} events`, 'days filled', dayCount)
  let days = 0
  const { counts: countsAlone = false } = context
  await fillDays(clickhouse, { events, dayCount, population, now: Date.now, countsAlone }, (day) => {
    days += 1
    filled.update(days, day)
  })
  filled.end()
  const seconds = (performance.now() - begunAt) / 1_000
  notes.push(
    `${name(events)} events, ${population.players.toLocaleString('en')} players: filled and folded in ${Math.round(seconds)} s${countsAlone ? ', closed days as their counts alone' : ''}`,
  )
  await settle(clickhouse)
  const questions = [...overviewQuestions(Date.now()), ...(countsAlone ? [] : otherQuestions(Date.now()))]
  for (const [at, question] of questions.entries()) {
    context.say(`  ${name(events)} events: question ${at + 1} of ${questions.length}, ${question.name}`)
    const asked = await timesOf(clickhouse, question, context.quick ? 5 : ASKED).catch((error: Error) => {
      notes.push(`${name(events)} events: ${question.name} was not answered: ${error.message.slice(0, 200)}`)
      return undefined
    })
    if (!asked) continue
    const base = (label: string) =>
      smaller === undefined ? undefined : `${name(smaller)}: ${question.name}, ${label}`
    const add = (label: string, value: number) =>
      rows.push(row('queries', `${name(events)}: ${question.name}, ${label}`, value, 'ms', base(label), rows))
    add('cold', median(asked.cold))
    add('p50', percentile(asked.warm, 0.5))
    add('p95', percentile(asked.warm, 0.95))
  }
  if (!countsAlone) rows.push(await diskRow(clickhouse, events))
  await clickhouse.close()
  await server.stop()
}

async function diskRow(clickhouse: ClickHouse, events: number): Promise<Row> {
  const [disk] = await clickhouse.rows<{ bytes: number }>(
    'SELECT sum(bytes_on_disk) AS bytes FROM system.parts WHERE active AND database = currentDatabase()',
  )
  return row('queries', `${name(events)}: on disk`, (disk?.bytes ?? 0) / events, 'bytes/event')
}

/** ms of each time a question was asked. @throws when it is not answered */
async function timesOf(clickhouse: ClickHouse, { ask }: Question, warmTimes: number) {
  const timed = async () => {
    const from = performance.now()
    await ask(clickhouse)
    return performance.now() - from
  }
  const cold: number[] = []
  for (let index = 0; index < ASKED_COLD; index += 1) {
    await emptyCaches(clickhouse)
    cold.push(await timed())
  }
  const warm: number[] = []
  for (let index = 0; index < warmTimes; index += 1) warm.push(await timed())
  return { cold, warm }
}

/** Waits until the merges that filling left behind are done, so that they are not measured; those that an hour brings are done at once. */
async function settle(clickhouse: ClickHouse): Promise<void> {
  await clickhouse.command('OPTIMIZE TABLE day_counts_log FINAL')
  const deadline = performance.now() + 300_000
  for (;;) {
    const [row] = await clickhouse.rows<{ merges: number }>('SELECT count() AS merges FROM system.merges')
    if ((row?.merges ?? 0) === 0 || performance.now() > deadline) return
    await Bun.sleep(500)
  }
}
