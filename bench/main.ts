/**
 * `bun run bench [name …] [--quick]`: measures rtpx on this machine, beside what it is compared with.
 *
 * - Results go to `bench/results/NAME.json`; quick ones are only shown.
 * - However it ends, nothing it started keeps running. Exit code 1: a bar does not hold, or something could not be measured.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Bench } from './bench.ts'
import { edgeBench } from './edge/edge-bench.ts'
import { faultsBench } from './faults/faults-bench.ts'
import { wholeBench } from './faults/whole-bench.ts'
import { freshnessBench } from './freshness/freshness-bench.ts'
import { Cleanup } from './measure/cleanup.ts'
import { busyNote, machine } from './measure/machine.ts'
import { checkBars, table } from './measure/row.ts'
import { pageBench } from './page/page-bench.ts'
import { pipelineBench } from './pipeline/pipeline-bench.ts'
import { queriesBench } from './queries/queries-bench.ts'
import { soakBench } from './soak/soak-bench.ts'
import { startBench } from './start/start-bench.ts'
import { storageBench } from './storage/storage-bench.ts'

const BENCHES: readonly Bench[] = [
  edgeBench,
  startBench,
  freshnessBench,
  pipelineBench,
  queriesBench,
  storageBench,
  pageBench,
  faultsBench,
  wholeBench,
  soakBench,
]

const HELP = `bun run bench [name …] [--quick]

${BENCHES.map(({ name, about }) => `  ${name.padEnd(12)}${about}`).join('\n')}

  --quick     short runs, shown but not kept
`

interface Arguments {
  readonly benches: readonly Bench[]
  readonly quick: boolean
}

/** @returns undefined when help is asked for. @throws with one line for a person */
function benchArguments(argv: readonly string[]): Arguments | undefined {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { quick: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  })
  if (values.help) return undefined
  const unknown = positionals.find((name) => !BENCHES.some((bench) => bench.name === name))
  if (unknown) throw new Error(`there is no bench ${unknown}; --help lists them`)
  const benches = BENCHES.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
  return { benches, quick: values.quick }
}

/** Measures, shows and keeps; returns whether every bar holds. */
async function measure(
  bench: Bench,
  quick: boolean,
  cleanup: Cleanup,
  busy: string | undefined,
): Promise<boolean> {
  console.log(`\n${bench.name}: ${bench.about}`)
  const folder = mkdtempSync(join(tmpdir(), `rtpx-bench-${bench.name}-`))
  cleanup.add(() => rmSync(folder, { recursive: true, force: true }))
  const { rows, notes: told } = await bench.run({
    quick,
    folder,
    cleanup,
    say: (line) => console.error(line),
  })
  const notes = busy ? [busy, ...told] : told
  const { lines, hold } = checkBars(rows, bench.bars)
  console.log(`${table(rows)}\n${[...notes, ...lines].join('\n')}`)
  if (!quick) {
    const result = { measured_at: new Date().toISOString(), machine: machine(), notes, rows }
    await Bun.write(
      join(import.meta.dir, 'results', `${bench.name}.json`),
      `${JSON.stringify(result, null, 2)}\n`,
    )
  }
  return hold
}

let current = new Cleanup()
let interrupted = false
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, async () => {
    if (interrupted) return
    interrupted = true
    console.error('\nstopping what was started')
    await current.run()
    process.exit(130)
  })

try {
  const given = benchArguments(process.argv.slice(2))
  // Before the first one: after it the machine is busy with our own.
  const busy = busyNote()
  if (!given) console.log(HELP)
  for (const bench of given?.benches ?? []) {
    current = new Cleanup()
    try {
      if (!(await measure(bench, given?.quick ?? false, current, busy))) process.exitCode = 1
    } finally {
      await current.run()
    }
  }
} catch (error) {
  if (!interrupted) {
    console.error((error as Error).message)
    process.exitCode = 1
  }
}
