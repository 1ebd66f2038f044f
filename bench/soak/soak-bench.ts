/**
 * An hour of steady load on one edge with a real broker: whether its memory and its answers stay as they were, and whether every
 * event that was acknowledged is in the topic.
 *
 * - The slope is that of the straight line through the minutes' middle values after the first sixth (least squares): what a process takes
 *   while it warms up is no leak. Beside it stands its standard error: what the garbage collector's ups and downs alone could make of it.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { spawnEdge } from '@rtpx/edge/faults/edge-process'
import { readTopic } from '@rtpx/edge/faults/topic'
import { ensureTopics } from '@rtpx/kafka/admin'
import { freePort } from '@rtpx/kafka/broker/ports'
import { spawnBroker } from '@rtpx/kafka/broker/spawn'
import { kafkaClient } from '@rtpx/kafka/client'
import { EVENTS_QUEUE, topics } from '@rtpx/kafka/topics'
import type { Bench, Context } from '../bench.ts'
import { startChild } from '../measure/child.ts'
import { residentMib } from '../measure/machine.ts'
import { type Row, row } from '../measure/row.ts'
import { median, slope, slopeError } from '../measure/stats.ts'
import { terminalProgress } from '../progress.ts'
import { Bits } from './bits.ts'

const PIXELS_A_SECOND = 2_000
const BATCHES_A_SECOND = 40
const PARTITIONS = 4
const SAMPLE_MS = 1_000
const SAMPLES_A_MINUTE = 60_000 / SAMPLE_MS
const INTERVALS_A_MINUTE = 6
const MINUTES = Number(process.env.RTPX_SOAK_MINUTES ?? 60)
const QUICK_SECONDS = 45

const RSS = 'RSS, most'
const RSS_SLOPE = 'RSS, slope after the first sixth'
const LOST = 'lost'

export const soakBench: Bench = {
  name: 'soak',
  about: `an hour of ${PIXELS_A_SECOND} pixels and ${BATCHES_A_SECOND} batches of 100 a second: memory, answers, what is lost`,
  bars: [
    { bench: 'soak', case: LOST, unit: 'events', atMost: 0 },
    { bench: 'soak', case: RSS, unit: 'MiB', atMost: 150 },
    { bench: 'soak', case: RSS_SLOPE, unit: 'MiB/h', atMost: 5 },
  ],
  run,
}

interface Interval {
  readonly p50Ms: number
  readonly p99Ms: number
  readonly answers: number
}

async function run(context: Context): Promise<{ rows: Row[]; notes: string[] }> {
  const seconds = context.quick ? QUICK_SECONDS : MINUTES * 60
  context.say('  starting Kafka')
  const broker = await context.cleanup.hold(
    () => spawnBroker({ dataDir: join(context.folder, 'kafka') }),
    (broker) => broker.stop(),
  )
  const kafka = kafkaClient({ brokers: [broker.brokers], clientId: 'rtpx-bench' })
  await ensureTopics(kafka, topics(PARTITIONS, 1), 1)
  const edge = await startEdge(context, broker.brokers)
  const resident: number[] = []
  const answered = join(context.folder, 'acknowledged')
  const load = startChild(
    {
      command: [
        process.execPath,
        join(import.meta.dir, 'soak-load.ts'),
        String(edge.port),
        String(PIXELS_A_SECOND),
        String(BATCHES_A_SECOND),
        answered,
      ],
      logFile: join(context.folder, 'load.log'),
      stopMs: 30_000,
    },
    context.cleanup,
  )
  const until = performance.now() + seconds * 1000
  const shown = terminalProgress('  load', 'seconds', seconds)
  while (performance.now() < until) {
    await Bun.sleep(SAMPLE_MS)
    const mib = await residentMib(edge.pid)
    resident.push(mib)
    shown.update(seconds - (until - performance.now()) / 1000, `${Math.round(mib)} MiB`)
  }
  shown.end()
  await load.stop()
  const intervals = [...load.output().matchAll(/^INTERVAL (.*)$/gm)].map(([, text]) =>
    JSON.parse(text ?? ''),
  ) as Interval[]
  const end = /^END (.*)$/m.exec(load.output())?.[1]
  if (!end) throw new Error(`the load ended early: ${load.output().slice(-500)}`)
  const { refused } = JSON.parse(end) as { refused: Record<string, number> }
  context.say('  comparing what was acknowledged with the topic')
  const acknowledged = new Bits(new Uint8Array(await Bun.file(answered).arrayBuffer()))
  const { lost, twice, events } = await compare(kafka, acknowledged)
  return {
    rows: [
      row('soak', 'load', events / seconds, 'events/s'),
      row('soak', LOST, lost, 'events'),
      row(
        'soak',
        'refused',
        Object.values(refused).reduce((sum, count) => sum + count, 0),
        'events',
      ),
      row('soak', 'duplicated in the topic', twice, 'events'),
      ...rowsOver(resident, intervals),
      ...byMinute(resident, intervals),
    ],
    notes: [
      `${Math.round(seconds)} seconds of load`,
      ...Object.entries(refused).map(([why, count]) => `refused, ${why}: ${count}`),
    ],
  }
}

async function startEdge(context: Context, brokers: string) {
  const folder = join(context.folder, 'edge')
  mkdirSync(folder)
  return context.cleanup.hold(
    async () =>
      spawnEdge(await freePort(), folder, {
        QUEUE: 'kafka',
        KAFKA_BROKERS: brokers,
        KAFKA_PARTITIONS: String(PARTITIONS),
        CLICKHOUSE_URL: 'http://127.0.0.1:1',
        RATE_PER_ADDRESS: '0',
      }),
    async (edge) => {
      edge.kill('SIGTERM')
      await edge.exited
    },
  )
}

function rowsOver(resident: readonly number[], intervals: readonly Interval[]): Row[] {
  const half = <T>(values: readonly T[]) => values.slice(Math.floor(values.length / 2))
  const settled = resident.slice(Math.floor(resident.length / 6))
  const minutes = Array.from({ length: Math.ceil(settled.length / SAMPLES_A_MINUTE) }, (_, at) =>
    median(settled.slice(at * SAMPLES_A_MINUTE, (at + 1) * SAMPLES_A_MINUTE)),
  )
  return [
    row('soak', RSS, Math.max(...resident), 'MiB'),
    row('soak', RSS_SLOPE, slope(minutes) * 60, 'MiB/h'),
    row('soak', `${RSS_SLOPE}, standard error`, slopeError(minutes) * 60, 'MiB/h'),
    row('soak', 'p50, middle of all ten seconds', median(intervals.map(({ p50Ms }) => p50Ms)), 'ms'),
    row('soak', 'p99, middle of all ten seconds', median(intervals.map(({ p99Ms }) => p99Ms)), 'ms'),
    row(
      'soak',
      'p99, slope of the second half',
      slope(half(intervals).map(({ p99Ms }) => p99Ms)) * 360,
      'ms/h',
    ),
  ]
}

/** What the plots show: the middle of each minute. */
function byMinute(resident: readonly number[], intervals: readonly Interval[]): Row[] {
  const middles = (name: string, unit: string, values: readonly number[], aMinute: number) =>
    Array.from({ length: Math.floor(values.length / aMinute) }, (_, at) =>
      row('soak', `${name}, minute ${at + 1}`, median(values.slice(at * aMinute, (at + 1) * aMinute)), unit),
    )
  const p50 = intervals.map(({ p50Ms }) => p50Ms)
  const p99 = intervals.map(({ p99Ms }) => p99Ms)
  return [
    ...middles('RSS', 'MiB', resident, SAMPLES_A_MINUTE),
    ...middles('p50', 'ms', p50, INTERVALS_A_MINUTE),
    ...middles('p99', 'ms', p99, INTERVALS_A_MINUTE),
  ]
}

/** Reads the topic to its end. */
async function compare(kafka: ReturnType<typeof kafkaClient>, acknowledged: Bits) {
  const found = new Bits()
  let events = 0
  await readTopic(kafka, EVENTS_QUEUE, (line) => {
    const number = /"player_id":"p(\d+)"/.exec(line)?.[1]
    if (number === undefined) return
    events += 1
    found.add(Number(number))
  })
  let lost = 0
  for (let number = 0; number < acknowledged.bytes().length * 8; number += 1)
    if (acknowledged.has(number) && !found.has(number)) lost += 1
  return { lost, twice: events - found.size, events }
}
