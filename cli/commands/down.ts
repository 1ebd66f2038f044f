/** `down`: stops what runs in this data folder and returns when all of it is gone, a killed `up`'s leftovers included. */

import { dataFolder } from '../config.ts'
import { print } from '../output.ts'
import { endProcess, isAlive, signalProcess } from '../process-identity.ts'
import { colours, textProgress } from '../progress.ts'
import { clearState, orphans, readState, runningSystem, trySupervise } from '../state.ts'
import { strictCommand } from '../strict-command.ts'

/** As long as every part may take, one after the other. */
const PATIENCE_MS = 75_000
const PART_MS = 15_000

export default strictCommand({
  meta: { name: 'down', description: 'Stop everything' },
  run: async (): Promise<void> => {
    const dataDir = dataFolder(process.env)
    const since = performance.now()
    const stopped = (await stopSupervisor(dataDir)) || (await stopOrphans(dataDir))
    if (stopped) textProgress(print, colours(process.stdout, process.env)).done('rtpx', 'stopped', since)
    else print('rtpx is not up')
  },
})

async function stopSupervisor(dataDir: string): Promise<boolean> {
  const state = runningSystem(dataDir)
  if (!state || !signalProcess(state.supervisor, 'SIGTERM')) return false
  const deadline = performance.now() + PATIENCE_MS
  while (isAlive(state.supervisor)) {
    if (performance.now() > deadline) signalProcess(state.supervisor, 'SIGKILL')
    await Bun.sleep(50)
  }
  await stopOrphans(dataDir)
  return true
}

async function stopOrphans(dataDir: string): Promise<boolean> {
  if (!readState(dataDir)) return false
  const supervision = trySupervise(dataDir)
  if (!supervision) return false
  const left = orphans(dataDir)
  for (const { process } of left) await endProcess(process, PART_MS)
  clearState(dataDir)
  supervision.release()
  return left.length > 0
}
