/** `bun run bench whole`: ten minutes of faults of the whole system, in an order drawn from the day; what was lost, and how long each way back took. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Bench, Context } from '../bench.ts'
import { type Row, row } from '../measure/row.ts'
import { percentile } from '../measure/stats.ts'
import { ownSystem } from '../system.ts'
import { runWhole } from './whole.ts'

const LOST = 'acknowledged events lost'
const TWICE = 'events or players counted twice'

export const wholeBench: Bench = {
  name: 'whole',
  about: 'ten minutes of every part killed or frozen in random order, under load',
  bars: [
    { bench: 'whole', case: LOST, unit: 'events', atMost: 0 },
    { bench: 'whole', case: TWICE, unit: 'events', atMost: 0 },
  ],
  run,
}

async function run(context: Context): Promise<{ rows: Row[]; notes: string[] }> {
  const spool = join(context.folder, 'data/edge/worker-0/spool')
  mkdirSync(spool, { recursive: true })
  const isSmall = Bun.spawnSync(['mount', '-t', 'tmpfs', '-o', 'size=64m', 'rtpx-whole', spool]).success
  if (isSmall) context.cleanup.add(() => void Bun.spawnSync(['umount', '--lazy', spool]))
  const system = await ownSystem(context, 'kafka')
  const seed = Math.floor(Date.now() / 86_400_000)
  const { verdict, ledger, recoveries } = await runWhole(system, {
    seed,
    forMs: context.quick ? 1_000 : 600_000,
    goneMs: context.quick ? 3_000 : 12_000,
    ...(isSmall ? { smallDisk: spool } : {}),
    say: context.say,
  })
  const faults = Map.groupBy(recoveries, ({ fault }) => fault)
  return {
    rows: [
      row('whole', 'acknowledged', verdict.acknowledged, 'events'),
      row('whole', LOST, verdict.lostInTopic + verdict.lostInClickHouse, 'events'),
      row('whole', TWICE, verdict.countedTwice, 'events'),
      row('whole', 'faults', recoveries.length, 'faults'),
      row('whole', 'longest wait of a request', ledger.longestMs, 'ms'),
      ...[...faults].flatMap(([fault, times]) => {
        const seconds = times.map((time) => time.seconds)
        return [
          row('whole', `${fault}, well again, p50`, percentile(seconds, 0.5), 's'),
          row('whole', `${fault}, well again, longest`, Math.max(...seconds), 's'),
        ]
      }),
    ],
    notes: [`seed ${seed}`, ...(isSmall ? [] : ['a full disk: not tried, this user may not mount a tmpfs'])],
  }
}
