/**
 * What one core takes: the edge with each of its sinks beside nginx and beside what it is made of; then by connections, by events of a
 * request, and by workers.
 *
 * All servers stand at the same time and are measured in turn, several rounds; each number is the median of its rounds, each ratio the
 * median of the rounds' ratios.
 */
import { availableParallelism } from 'node:os'
import type { Bench, Context } from '../bench.ts'
import { loadNote, loadTool } from '../load/load.ts'
import { residentMib } from '../measure/machine.ts'
import { type Row, row } from '../measure/row.ts'
import { type Contender, LOAD_CORE, NGINX, startBun, startNginx } from './contenders.ts'
import { clickhouseEdge, freeEdge, kafkaEdge, spoolEdge, startKafka } from './edges.ts'
import { limits, noise } from './limits.ts'
import { type Case, inTurn, rowsOfCases } from './rounds.ts'

const DURABLE = 'edge, Kafka acks=all'
const MEMORY = 'edge, memory sink'
const CLICKHOUSE = 'edge, ClickHouse'
const CONNECTIONS = 1_024
/** Enough that the edge's core never waits for the load (at 32 it waited a fifth of its time); more would be more events than an edge may hold. */
const batchConnections = (batch: number) => (batch < 1_000 ? 64 : 32)

export const edgeBench: Bench = {
  name: 'edge',
  about: 'pixels and batches a second on one core, beside nginx, by sink, connections, events of a request',
  bars: [
    { bench: 'edge', case: DURABLE, unit: 'pixels/s', atLeast: 25_000 },
    { bench: 'edge', case: DURABLE, unit: 'pixels/s', of: 'ratio', atLeast: 0.6 },
    { bench: 'edge', case: `${DURABLE}, p99`, unit: 'ms', atMost: 60 },
    { bench: 'edge', case: `${DURABLE}, 100 a request`, unit: 'events/s', atLeast: 250_000 },
  ],
  run,
}

async function run(context: Context): Promise<{ rows: Row[]; notes: string[] }> {
  if (availableParallelism() < 2)
    throw new Error('edge: needs two cores, one for the server, one for the load')
  if (Bun.which('taskset') === null)
    throw new Error('edge: needs taskset (Debian: apt-get install util-linux)')
  const { quick } = context
  const brokers = await startKafka(context)
  const servers = await startAll(context, brokers)
  const seconds = quick ? 1 : 4
  const rounds = quick ? 1 : 3
  const plan = { rounds, seconds, warmSeconds: quick ? 1 : 5 }
  const named = (wanted: string) => servers.filter(({ name }) => name === wanted)

  context.say(`  ${CONNECTIONS} connections`)
  const pixels = servers.map((contender) => pixelCase(contender, contender.name, CONNECTIONS))
  const bySink = await inTurn(context, pixels, plan)
  const rows = rowsOfCases(bySink, 'pixels/s', NGINX)
  for (const { name, pid } of servers)
    rows.push(row('edge', `${name}, resident`, await residentMib(pid), 'MiB', `${NGINX}, resident`, rows))

  const connections = quick ? [16] : [1, 16, 64, 256, 1_024, 4_096]
  const byConnections = connections.flatMap((count) =>
    [...named(NGINX), ...named(DURABLE)].map((contender) =>
      pixelCase(
        contender,
        `${contender.name}, ${count.toLocaleString('en')} ${count === 1 ? 'connection' : 'connections'}`,
        count,
      ),
    ),
  )
  // These servers have been under load already.
  const connected = await inTurn(context, byConnections, { ...plan, warmSeconds: 1 })
  rows.push(...rowsOfCases(connected, 'pixels/s'))

  const batches = quick ? [100] : [1, 10, 100, 1_000]
  const byBatch = batches.flatMap((batch) =>
    [MEMORY, DURABLE, CLICKHOUSE].flatMap(named).map((contender) => ({
      ...pixelCase(
        contender,
        `${contender.name}, ${batch.toLocaleString('en')} a request`,
        batchConnections(batch),
      ),
      batch,
    })),
  )
  const batched = await inTurn(context, byBatch, plan)
  rows.push(...rowsOfCases(batched, 'events/s'))

  const one = await freeEdge(context, `${DURABLE}, 1 worker on any core`, brokers, 1)
  const two = await freeEdge(context, `${DURABLE}, 2 workers on any core`, brokers, 2)
  const byWorkers = [one, two].map(({ name, ...contender }): Case => {
    const { core: _, ...free } = pixelCase({ name, ...contender }, name, CONNECTIONS)
    return free
  })
  const worked = await inTurn(context, byWorkers, plan)
  rows.push(...rowsOfCases(worked, 'pixels/s', one.name))
  const all = new Map([...bySink, ...connected, ...batched, ...worked])
  const length = `the middle of ${rounds} ${rounds === 1 ? 'round' : 'rounds'} of ${seconds} s, each server under load for ${plan.warmSeconds} s before its first`
  return {
    rows,
    notes: [...notes(), length, ...noise(all), ...limits(new Map([...bySink, ...connected, ...batched]))],
  }
}

async function startAll(context: Context, brokers: string): Promise<Contender[]> {
  const hasNginx = Bun.which('nginx') !== null
  return [
    ...(hasNginx ? [await startNginx(context, false), await startNginx(context, true)] : []),
    await startBun(context, 'Bun.serve', 'bare-bun.ts'),
    await startBun(context, 'Elysia', 'bare-elysia.ts'),
    await startBun(context, MEMORY, 'memory-edge.ts'),
    await spoolEdge(context, 'edge, spool'),
    await kafkaEdge(context, DURABLE, brokers),
    await clickhouseEdge(context, CLICKHOUSE),
  ]
}

const pixelCase = (contender: Contender, name: string, connections: number): Case => ({
  name,
  contender,
  connections,
  core: LOAD_CORE,
})

/** What was missing, where the load came from, and who stood on which core. */
function notes(): string[] {
  const missing =
    Bun.which('nginx') === null ? ['nginx is not installed (Debian: apt-get install nginx)'] : []
  const cores = `two cores: servers on one; load, Kafka and ClickHouse on the other; any core: whatever is free`
  return [...missing, loadNote(loadTool()), cores]
}
