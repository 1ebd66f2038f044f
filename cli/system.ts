/**
 * The whole of rtpx on this machine as one value, for `up`, tests and the bench.
 *
 * - Resolved means every part is ready. Rejected means nothing is left running.
 * - A part that dies is started again. `stop` ends them so that nothing acknowledged is lost: whoever writes goes first.
 * - One supervisor a data folder; what a killed one left running is stopped before anything is started.
 */
import type { FileLock } from '@rtpx/kafka/broker/file-lock'
import { type Environment, readUpSettings } from './config.ts'
import { checkDataFolder } from './data-folder.ts'
import { Fleet } from './fleet.ts'
import { checkPorts, freePorts, makePlan, type Plan } from './plan.ts'
import { endProcess, identify } from './process-identity.ts'
import { type Progress, silent } from './progress.ts'
import { StartError } from './start-error.ts'
import { startParts } from './start-parts.ts'
import { clearState, orphans, type PartName, type SystemState, trySupervise, type Urls } from './state.ts'

export interface StartOptions {
  /** Absolute, or seen from the current folder; made when absent. */
  readonly dataDir: string
  /** Forces the way of an event; absent: as the environment says. */
  readonly queue?: 'kafka' | 'direct'
  /** `free`: free ports for all parts instead of those of the environment. */
  readonly ports?: 'free'
  /** Settings; the process's environment when absent. */
  readonly env?: Environment
  readonly progress?: Progress
  /** Aborts the start: everything already started is stopped and the start rejects. */
  readonly signal?: AbortSignal
}

export interface System {
  readonly urls: Urls
  readonly queue: 'kafka' | 'direct'
  /** `host:port`, comma-separated; absent with the direct sink. */
  readonly brokers?: string
  /** The settings every part got. */
  readonly env: Readonly<Record<string, string>>
  readonly state: SystemState
  /** Stops every part in order; bounded in time. */
  stop(): Promise<void>
  /** Kills every part at once. */
  killAll(): void
  /** Signals a part; it is started again when it ends. */
  kill(part: PartName, signal: NodeJS.Signals): void
}

/** Another process supervises this data folder. */
export class AlreadyRunning extends StartError {}

/** @throws StartError with the reason in lines for people, SettingsError for bad settings */
export async function startSystem(options: StartOptions): Promise<System> {
  const environment = {
    ...(options.env ?? process.env),
    RTPX_DATA: options.dataDir,
    ...(options.queue ? { QUEUE: options.queue } : {}),
    ...(options.ports === 'free' ? await freePorts() : {}),
  }
  const settings = readUpSettings(environment)
  checkDataFolder(settings.RTPX_DATA, settings.MIN_FREE_MIB)
  const supervision = trySupervise(settings.RTPX_DATA)
  if (!supervision) throw new AlreadyRunning(`another \`up\` has ${settings.RTPX_DATA}`)
  const progress = options.progress ?? silent
  try {
    await endOrphans(settings.RTPX_DATA, progress)
    const plan = await makePlan(settings, environment)
    await checkPorts(plan)
    if (plan.note) progress.note(plan.note)
    return await run(plan, progress, supervision, options.signal)
  } catch (error) {
    supervision.release()
    throw error
  }
}

async function run(
  plan: Plan,
  progress: Progress,
  supervision: FileLock,
  signal?: AbortSignal,
): Promise<System> {
  const { settings, queue, urls, env } = plan
  const dataDir = settings.RTPX_DATA
  const supervisor = identify(process.pid)
  if (!supervisor) throw new StartError('this system does not tell when a process was started')
  let phase: SystemState['phase'] = 'starting'
  const brokers = env.KAFKA_BROKERS ? { brokers: env.KAFKA_BROKERS } : {}
  const describe = () => ({ supervisor, phase, queue, urls, ...brokers })
  const fleet = new Fleet({
    dataDir,
    minFreeMib: settings.MIN_FREE_MIB,
    describe,
    say: (line) => progress.note(`${new Date().toISOString()} ${line}`),
  })
  const enter = (next: SystemState['phase']) => {
    phase = next
    fleet.save()
  }
  let stopped: Promise<void> | undefined
  const stop = async () => {
    enter('stopping')
    await fleet.stop()
    clearState(dataDir)
    supervision.release()
  }
  const stopOnce = () => {
    stopped ??= stop()
    return stopped
  }
  const interrupt = () => void fleet.stop()
  signal?.addEventListener('abort', interrupt, { once: true })
  try {
    signal?.throwIfAborted()
    await startParts(plan, fleet, progress)
    signal?.throwIfAborted()
    enter('ready')
  } catch (error) {
    await stopOnce()
    throw signal?.aborted ? new StartError('stopped while starting') : error
  }
  signal?.removeEventListener('abort', interrupt)
  return {
    urls,
    queue,
    ...brokers,
    env,
    get state() {
      return { ...describe(), parts: fleet.states }
    },
    stop: stopOnce,
    killAll: () => fleet.killAll(),
    kill: (part, killSignal) => fleet.kill(part, killSignal),
  }
}

const ORPHAN_STOP_MS = 15_000

/** Stops exactly what a supervisor that was killed left running. */
async function endOrphans(dataDir: string, progress: Progress): Promise<void> {
  const left = orphans(dataDir)
  if (left.length === 0) return
  const since = performance.now()
  for (const { process } of left) await endProcess(process, ORPHAN_STOP_MS)
  progress.done('Left over', `stopped ${left.map(({ name }) => name).join(', ')} of a killed \`up\``, since)
}
