/**
 * `up` in the foreground: the supervisor itself. SIGINT, SIGTERM and SIGHUP stop everything in order; a second one kills
 * at once.
 */

import { watchLaunchers } from '../launchers.ts'
import { print } from '../output.ts'
import { colours, textProgress } from '../progress.ts'
import { StartError } from '../start-error.ts'
import { runningSystem } from '../state.ts'
import { AlreadyRunning, startSystem } from '../system.ts'
import { welcome } from '../welcome.ts'

/** The same key press may arrive twice: from the terminal, and passed on by `bun run`. */
const SAME_PRESS_MS = 700

export async function attached(dataDir: string): Promise<void> {
  const coloured = colours(process.stdout, process.env)
  const progress = textProgress(print, coloured)
  const stopping = Promise.withResolvers<void>()
  const abort = new AbortController()
  let pressedAt: number | undefined
  let killAll = () => {}
  const onSignal = () => {
    const now = performance.now()
    if (pressedAt === undefined) {
      pressedAt = now
      print('Stopping; once more to kill at once')
      abort.abort()
      stopping.resolve()
    } else if (now - pressedAt > SAME_PRESS_MS) {
      killAll()
      process.exit(1)
    }
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
  const unwatch = watchLaunchers(process.env, () => pressedAt === undefined && onSignal())

  const since = performance.now()
  const start = () => startSystem({ dataDir, progress, signal: abort.signal })
  const system = await start().catch(async (error: unknown) => {
    if (!(error instanceof AlreadyRunning)) throw error
    await othersSystem(dataDir, coloured, abort.signal)
    return undefined
  })
  if (system) {
    killAll = system.killAll
    print(welcome(system, performance.now() - since, coloured))
    await stopping.promise
    const from = performance.now()
    await system.stop()
    progress.done('rtpx', 'stopped', from)
  }
  unwatch()
  process.exit(0)
}

/** Says what another `up` on this folder is doing; returns when that is ready. @throws StartError when it is not to be */
async function othersSystem(dataDir: string, coloured: boolean, signal: AbortSignal): Promise<void> {
  let said = false
  for (;;) {
    const state = runningSystem(dataDir)
    if (state?.phase === 'ready') {
      print(`rtpx is already up (process ${state.supervisor.pid})`)
      print(welcome(state, undefined, coloured))
      return
    }
    if (state?.phase === 'stopping') throw new StartError('rtpx is being stopped; try again in a moment')
    if (said && !state) throw new StartError('the other `up` has ended')
    if (!said)
      print(
        `another \`up\` is starting rtpx${state ? ` (process ${state.supervisor.pid})` : ''}; waiting for it`,
      )
    said = true
    await Bun.sleep(300)
    if (signal.aborted) throw new StartError('stopped waiting')
  }
}
