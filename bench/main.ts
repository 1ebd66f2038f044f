/**
 * `bun run bench [name …] [--quick]`: measures rtpx on this machine, beside what it is compared with.
 *
 * - Results go to `bench/results/NAME.json`, their plots and tables to docs/; quick ones are only shown.
 * - However it ends, nothing it started keeps running. Exit code 1: a bar does not hold, or something got slower; 2: something could not
 *   be measured.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Arguments, OPTIONS, readArguments } from './arguments.ts'
import type { Bench } from './bench.ts'
import { compareBench, keptRevision } from './compare/compare.ts'
import { edgeBench } from './edge/edge-bench.ts'
import { faultsBench } from './faults/faults-bench.ts'
import { wholeBench } from './faults/whole-bench.ts'
import { freshnessBench } from './freshness/freshness-bench.ts'
import { howLong, keep, RESULTS } from './keep.ts'
import { HOW_TO_INSTALL } from './load/load.ts'
import { Cleanup } from './measure/cleanup.ts'
import { onInterrupt } from './measure/interrupt.ts'
import { busyNote, machine } from './measure/machine.ts'
import { checkBars, rowOf, table } from './measure/row.ts'
import { pageBench } from './page/page-bench.ts'
import { yearBench } from './page/year-bench.ts'
import { pipelineBench } from './pipeline/pipeline-bench.ts'
import { openDayBench } from './queries/open-day-bench.ts'
import { queriesBench } from './queries/queries-bench.ts'
import { soakBench } from './soak/soak-bench.ts'
import { startBench } from './start/start-bench.ts'
import { storageBench } from './storage/storage-bench.ts'
import { trackerBench } from './tracker/tracker-bench.ts'
import { watchersBench } from './watchers/watchers-bench.ts'

const BENCHES: readonly Bench[] = [
  edgeBench,
  startBench,
  freshnessBench,
  pipelineBench,
  queriesBench,
  openDayBench,
  storageBench,
  pageBench,
  yearBench,
  trackerBench,
  watchersBench,
  faultsBench,
  wholeBench,
  soakBench,
]

const HELP = `bun run bench [name …] [options]

${BENCHES.map(({ name, about }) => `  ${name.padEnd(12)}${about}`).join('\n')}

${OPTIONS}
Load comes from wrk or oha where installed (${HOW_TO_INSTALL}),
else from a generator in Bun; RTPX_LOAD=wrk, oha or bun chooses.
`

/** @throws with one line for a person */
function chosen(names: readonly string[]): Bench[] {
  const unknown = names.find((name) => !BENCHES.some((bench) => bench.name === name))
  if (unknown) throw new Error(`there is no bench ${unknown}; --help lists them`)
  return BENCHES.filter(({ name }) => names.length === 0 || names.includes(name))
}

/** Measures, shows and keeps; returns whether every bar holds. */
async function measure(
  bench: Bench,
  { quick, out, events, counts }: Arguments,
  cleanup: Cleanup,
): Promise<boolean> {
  console.log(`\n${bench.name}: ${bench.about}`)
  const busy = await busyNote()
  const begun = performance.now()
  const folder = mkdtempSync(join(tmpdir(), `rtpx-bench-${bench.name}-`))
  cleanup.add(() => rmSync(folder, { recursive: true, force: true }))
  const { rows, notes: told } = await bench.run({
    quick,
    folder,
    cleanup,
    counts,
    ...(events && { events }),
    say: (line) => console.error(line),
  })
  const notes = busy ? [busy, ...told] : told
  // A short run, or one of some sizes, leaves out sizes and seconds that some bars are about.
  const { lines, hold } = checkBars(
    rows,
    quick || events ? bench.bars.filter((bar) => rowOf(bar, rows)) : bench.bars,
  )
  const seconds = Math.round((performance.now() - begun) / 1_000)
  console.log(`${table(rows)}\n${[...notes, ...lines].join('\n')}\ntook ${seconds} s`)
  if (out) {
    const measured_at = new Date().toISOString()
    const result = { measured_at, machine: machine(), seconds, notes, bars: lines, rows }
    await keep(out, bench.name, result)
  }
  return hold
}

/** Both revisions in turn; returns whether nothing got slower. */
function compare(bench: Bench, asked: Arguments, cleanup: Cleanup): Promise<boolean> {
  const { against = keptRevision(RESULTS, bench.name), pairs, quick, events, counts } = asked
  const options = [
    ...(quick ? ['--quick'] : []),
    ...(events ? ['--events', events.join(',')] : []),
    ...(counts ? ['--counts'] : []),
  ]
  return compareBench(bench.name, { against, pairs, options }, cleanup)
}

let current = new Cleanup()
const isInterrupted = onInterrupt(() => current)

try {
  const asked = readArguments(process.argv.slice(2), RESULTS)
  if (asked.help) console.log(HELP)
  const benches = asked.help ? [] : chosen(asked.names)
  if (benches.length > 1 && !asked.compare)
    console.error(
      howLong(
        benches.map(({ name }) => name),
        asked.quick,
      ),
    )
  for (const bench of benches) {
    if (isInterrupted()) break
    current = new Cleanup()
    try {
      const isWell = asked.compare
        ? await compare(bench, asked, current)
        : await measure(bench, asked, current)
      if (!isWell) process.exitCode = 1
    } finally {
      await current.run()
    }
  }
} catch (error) {
  if (!isInterrupted()) {
    console.error((error as Error).message)
    process.exitCode = 2
  }
}
