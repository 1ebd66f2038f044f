/** A system of its own with a month of the demo's players in it, sent through its edge. */
import { join } from 'node:path'
import { startSystem } from '@rtpx/cli/system'
import type { Context } from '../bench.ts'
import { startChild } from '../measure/child.ts'
import { ownEnvironment } from '../system.ts'

const DAYS = 30

/** @returns where its parts are. @throws when it does not start, or the month was not taken */
export async function monthOfDemo(
  context: Context,
  days = DAYS,
): Promise<{ edge: string; dashboard: string }> {
  const env = await ownEnvironment(context)
  context.say('  starting the system')
  const system = await context.cleanup.hold(
    () =>
      startSystem({
        dataDir: `${context.folder}/data`,
        queue: 'direct',
        env: { ...process.env, ...env },
        signal: context.cleanup.signal,
      }),
    (started) => started.stop(),
  )
  const { edge, dashboard } = system.urls
  context.say(`  sending ${days} days of traffic`)
  const demo = startChild(
    {
      command: [
        process.execPath,
        join(import.meta.dir, '../traffic/demo.ts'),
        '--history-only',
        '--edge',
        edge,
        '--days',
        String(days),
      ],
      env: { RTPX_DATA: `${context.folder}/data` },
      logFile: join(context.folder, 'demo.log'),
    },
    context.cleanup,
  )
  if ((await demo.exited) !== 0) throw new Error(`the month was not taken: ${demo.output().slice(-1_000)}`)
  return { edge, dashboard }
}
