/**
 * Pixels a second on one core: the edge beside what it is made of and beside nginx.
 *
 * All servers stand at the same time and are measured in turn, several rounds, so that a noisy neighbour hits all alike;
 * each number is the median of its rounds, each ratio the median of the rounds' ratios.
 */
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Bench, Context } from '../bench.ts'
import { residentMib } from '../measure/machine.ts'
import { type Row, row, rowOfRounds } from '../measure/row.ts'
import { type Contender, LOAD_CORE, startBun, startKafkaEdge, startNginx } from './contenders.ts'
import { hasWrk, type LoadResult, load } from './load.ts'

const NGINX = 'nginx empty_gif'
const DURABLE = 'edge, Kafka acks=all'
const CONNECTIONS = 1_024

export const edgeBench: Bench = {
  name: 'edge',
  about: `pixels a second on one core, ${CONNECTIONS} connections`,
  bars: [{ bench: 'edge', case: DURABLE, unit: 'pixels/s', atLeast: 25_000 }],
  run,
}

async function run(context: Context): Promise<{ rows: Row[]; notes: string[] }> {
  if (availableParallelism() < 2)
    throw new Error('edge: needs two cores, one for the server, one for the load')
  if (Bun.which('taskset') === null)
    throw new Error('edge: needs taskset (Debian: apt-get install util-linux)')
  const notes = [
    hasWrk
      ? 'load: wrk'
      : 'load: a generator in Bun, slower than wrk (Debian: apt-get install wrk); the bare servers show its limit',
  ]
  const contenders: Contender[] = []
  if (Bun.which('nginx') === null) notes.push('nginx is not installed (Debian: apt-get install nginx-light)')
  else contenders.push(await startNginx(context))
  contenders.push(
    await startBun(context, 'Bun.serve', 'bare-bun.ts'),
    await startBun(context, 'Elysia', 'bare-elysia.ts'),
    await startBun(context, 'edge, memory sink', 'memory-edge.ts'),
    await startKafkaEdge(context, DURABLE),
  )
  const results = await rounds(context, contenders)
  return { rows: await rowsOf(contenders, results), notes }
}

async function rounds(
  context: Context,
  contenders: readonly Contender[],
): Promise<Map<Contender, LoadResult[]>> {
  const count = context.quick ? 1 : 3
  const seconds = context.quick ? 2 : 5
  const results = new Map<Contender, LoadResult[]>(contenders.map((contender) => [contender, []]))
  const loadOn = ({ name, port }: Contender, forSeconds: number) => {
    const logFile = join(context.folder, `load-${name.replaceAll(/\W+/g, '-')}.log`)
    const options = { port, connections: CONNECTIONS, seconds: forSeconds, core: LOAD_CORE, logFile }
    return load(options, context.cleanup)
  }
  for (const contender of contenders) {
    context.say(`  warming up ${contender.name}`)
    await loadOn(contender, context.quick ? 1 : 3)
  }
  for (let round = 1; round <= count; round += 1)
    for (const contender of contenders) {
      const result = await loadOn(contender, seconds)
      results.get(contender)?.push(result)
      const rate = Math.round(result.rate).toLocaleString('en')
      context.say(`  round ${round} of ${count}  ${contender.name}: ${rate} pixels/s`)
      if (result.errors > 0) context.say(`    ${result.errors} errors`)
      const problem = await contender.verify?.()
      if (problem) throw new Error(`${contender.name}: ${problem}`)
    }
  return results
}

async function rowsOf(
  contenders: readonly Contender[],
  results: ReadonlyMap<Contender, readonly LoadResult[]>,
): Promise<Row[]> {
  const rows: Row[] = []
  const nginx = contenders.find(({ name }) => name === NGINX)
  for (const contender of contenders) {
    const runs = results.get(contender) ?? []
    const add = (label: string, unit: string, pick: (result: LoadResult) => number) => {
      const isCompared = nginx !== undefined && contender !== nginx
      const base = isCompared && { name: NGINX + label, values: (results.get(nginx) ?? []).map(pick) }
      rows.push(
        rowOfRounds('edge', contender.name + label, { values: runs.map(pick), ...(base && { base }) }, unit),
      )
    }
    add('', 'pixels/s', ({ rate }) => rate)
    add(', p50', 'ms', ({ p50Ms }) => p50Ms)
    add(', p99', 'ms', ({ p99Ms }) => p99Ms)
    const resident = await residentMib(contender.pid)
    rows.push(row('edge', `${contender.name}, resident`, resident, 'MiB', `${NGINX}, resident`, rows))
    const errors = runs.reduce((sum, result) => sum + result.errors, 0)
    if (errors > 0) rows.push(row('edge', `${contender.name}, errors`, errors, 'requests'))
  }
  return rows
}
