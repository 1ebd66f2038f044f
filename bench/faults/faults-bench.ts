/**
 * What is lost when parts die, for how long nobody gets an answer, and how long the way back takes: the drills of the edge's
 * tests, for longer. A row `lost` counts acknowledged events that are not in the topic or not in ClickHouse.
 */
import { clockJump, clockShifter } from '@rtpx/edge/faults/clock-jump'
import { type Drill, type Outcome, runDrill } from '@rtpx/edge/faults/drill'
import {
  brokerGone,
  edgeAndBrokerGone,
  fullDisk,
  fullSpool,
  killedClickHouse,
  killedEdge,
  largeBatches,
  terminatedEdge,
} from '@rtpx/edge/faults/drills'
import type { Verdict } from '@rtpx/edge/faults/oracle'
import { System } from '@rtpx/edge/faults/system'
import type { Bench, Context } from '../bench.ts'
import { loadNote, loadTool } from '../load/load.ts'
import { type Row, row } from '../measure/row.ts'
import { terminalProgress } from '../progress.ts'
import { CROWDED, crowdRows } from './crowd.ts'
import { SPOOL_CASE, spoolRows } from './spool-rate.ts'

const SHORT: readonly Drill[] = [brokerGone('frozen', 5_000), killedEdge(), terminatedEdge()]
const LONG: readonly Drill[] = [
  brokerGone('frozen', 5_000),
  brokerGone('frozen', 15_000),
  brokerGone('frozen', 60_000),
  brokerGone('killed', 60_000),
  killedClickHouse(15_000),
  killedEdge(),
  edgeAndBrokerGone('killed', 20_000),
  terminatedEdge(),
  fullSpool('killed'),
  largeBatches('killed', 5_000),
]
const FULL_DISK = 'full_disk_killed'

const LOST = 'all drills, lost'
const TWICE = 'all drills, counted twice'

export const faultsBench: Bench = {
  name: 'faults',
  about: 'what is lost, and how long it takes to be well again, when parts freeze, die or fill up',
  bars: [
    { bench: 'faults', case: LOST, unit: 'events', atMost: 0 },
    { bench: 'faults', case: TWICE, unit: 'events', atMost: 0 },
    { bench: 'faults', case: CROWDED, unit: 'ms', of: 'ratio', atMost: 2 },
    { bench: 'faults', case: SPOOL_CASE, unit: 'pixels/s', atLeast: 20_000 },
  ],
  run,
}

async function run(context: Context): Promise<{ rows: Row[]; notes: string[] }> {
  const rows = await spoolRows(context)
  const notes: string[] = [loadNote(loadTool())]
  const system = await context.cleanup.hold(
    () => System.start(),
    (system) => system.stop(),
  )
  rows.push(...(await crowdRows(context, system)))
  const outcomes = new Map<string, Outcome>()
  const drills = context.quick ? SHORT : LONG
  const shown = terminalProgress('  drills', 'ended', drills.length)
  for (const drill of drills) {
    shown.update(outcomes.size, drill.name)
    outcomes.set(drill.name, await runDrill(system, drill))
  }
  shown.update(outcomes.size)
  shown.end()
  if (!context.quick) {
    context.say(`  ${FULL_DISK}`)
    const outcome = await fullDisk(system, 'killed')
    if (outcome) outcomes.set(FULL_DISK, outcome)
    else notes.push('full disk: not measured, this user may not mount a tmpfs')
  }
  const library = clockShifter()
  if (library) {
    context.say('  clock_jump')
    outcomes.set('clock_jump', await clockJump(system, library, context.quick ? 1_500 : 10_000))
  } else notes.push('a jump of the clock: not measured, faketime is not installed')
  for (const [name, outcome] of outcomes) rows.push(...rowsOf(name, outcome))
  const verdicts = [...outcomes.values()].map(({ verdict }) => verdict)
  rows.push(
    row('faults', LOST, sumOf(verdicts.map(lostOf)), 'events'),
    row('faults', TWICE, sumOf(verdicts.map(({ countedTwice }) => countedTwice)), 'events'),
  )
  return { rows, notes }
}

function rowsOf(drill: string, { verdict, ledger, ...outcome }: Outcome): Row[] {
  const of = (what: string, value: number, unit: string) => row('faults', `${drill}, ${what}`, value, unit)
  const refused = [...ledger.answers].filter(([answer]) => answer.startsWith('503'))
  return [
    of('acknowledged', verdict.acknowledged, 'events'),
    of('lost', lostOf(verdict), 'events'),
    of('counted twice', verdict.countedTwice, 'events'),
    of('delivered twice', verdict.duplicatesInTopic, 'events'),
    of('taken during the fault', outcome.perSecondDuringFault, 'events/s'),
    of('answered 503', sumOf(refused.map(([, times]) => times)), 'requests'),
    of('longest wait', ledger.longestMs, 'ms'),
    of('recovery', outcome.recoveryS, 's'),
  ]
}

const lostOf = ({ lostInTopic, lostInClickHouse }: Verdict) => lostInTopic + lostInClickHouse

const sumOf = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0)
