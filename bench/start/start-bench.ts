/** From `up` on an install that has run before to the first pixel on the dashboard's API. */
import { join } from 'node:path'
import type { Bench, Context } from '../bench.ts'
import { startChild } from '../measure/child.ts'
import { type Row, row } from '../measure/row.ts'
import { median } from '../measure/stats.ts'
import { countVisits, fireVisit, ownEnvironment, untilWorks } from '../system.ts'

const WARM = 'warm start to first visible pixel'
/** A first start may fetch Kafka and build the dashboard. */
const TIMEOUT_MS = 300_000

export const startBench: Bench = {
  name: 'start',
  about: '`up` on an install that has run before, until the first pixel is in /api/metrics',
  bars: [{ bench: 'start', case: WARM, unit: 's', atMost: 8 }],
  run,
}

interface Times {
  /** Seconds from the command to the first accepted pixel, and to the first visible one. */
  readonly accepted: number
  readonly visible: number
}

async function run(context: Context): Promise<{ rows: Row[]; notes: string[] }> {
  const env = await ownEnvironment(context)
  context.say('  first start')
  const first = await startOnce(context, env, 0)
  const warm: Times[] = []
  for (let round = 1; round <= (context.quick ? 1 : 5); round += 1) {
    const times = await startOnce(context, env, round)
    context.say(`  warm start ${round}: first visible pixel after ${times.visible.toFixed(2)} s`)
    warm.push(times)
  }
  const rows = [
    row('start', WARM, median(warm.map(({ visible }) => visible)), 's'),
    row('start', 'warm start to first accepted pixel', median(warm.map(({ accepted }) => accepted)), 's'),
    row('start', 'slowest warm start to first visible pixel', Math.max(...warm.map((t) => t.visible)), 's'),
    row('start', 'first start to first visible pixel', first.visible, 's'),
  ]
  return {
    rows,
    notes: [`${warm.length} warm starts; the first start had jars and dashboard as this checkout has them`],
  }
}

/** @param number how many visits there are already: each start adds one */
async function startOnce(context: Context, env: Record<string, string>, number: number): Promise<Times> {
  const started = performance.now()
  const seconds = () => (performance.now() - started) / 1000
  const up = startChild(
    {
      command: [process.execPath, join(import.meta.dir, '../../cli/main.ts'), 'up'],
      env,
      logFile: join(context.folder, `up-${number}.log`),
      // Killed, it would leave its parts running.
      stopMs: 60_000,
    },
    context.cleanup,
  )
  let ended = false
  void up.exited.then(() => {
    ended = true
  })
  const alive = <T>(work: () => Promise<T>) =>
    untilWorks(() => (ended ? Promise.resolve(undefined) : work()), TIMEOUT_MS).then((value) => {
      if (ended) throw new Error(`up ended: ${up.output().trim().slice(-2_000)}`)
      return value
    })
  await alive(() => fireVisit(`http://127.0.0.1:${env.EDGE_PORT}`, `start-${number}`))
  const accepted = seconds()
  await alive(async () => {
    const visits = await countVisits(`http://127.0.0.1:${env.DASHBOARD_PORT}`)
    if (visits !== number + 1) throw new Error(`${visits} visits instead of ${number + 1}`)
  })
  const visible = seconds()
  const code = await up.stop()
  if (code !== 0) throw new Error(`up ended with ${code}: ${up.output().trim().slice(-2_000)}`)
  return { accepted, visible }
}
