/**
 * Parts held still while they are copied: stopped by SIGSTOP, and going on by SIGCONT afterwards, also when this process is killed meanwhile: a
 * shell that reads from us goes on without us and wakes them.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { isAlive, type ProcessIdentity, signalProcess } from '../process-identity.ts'
import { StartError } from '../start-error.ts'

/** Runs `work` while the processes are held. @returns what it returned, and for how long they were held in ms */
export async function whileFrozen<T>(
  processes: readonly ProcessIdentity[],
  work: () => T,
): Promise<{ result: T; heldMs: number }> {
  const held = processes.filter(isAlive)
  const pids = held.map(({ pid }) => pid).join(' ')
  const guard =
    held.length > 0
      ? Bun.spawn(['sh', '-c', `cat > /dev/null; kill -CONT ${pids}`], {
          stdin: 'pipe',
          stdout: 'ignore',
          stderr: 'ignore',
          detached: true,
        })
      : undefined
  const since = performance.now()
  try {
    for (const process of held) signalProcess(process, 'SIGSTOP')
    for (const process of held) await untilStill(process)
    return { result: work(), heldMs: performance.now() - since }
  } finally {
    for (const process of held) signalProcess(process, 'SIGCONT')
    guard?.stdin.end()
    await guard?.exited
  }
}

const STILL_MS = 10_000
/** Where the system does not tell: as long as a thread may take to notice. */
const BLIND_MS = 200

/** A signal is only sent when `kill` returns: waits until no thread of the process runs. @throws StartError when one goes on */
async function untilStill({ pid }: ProcessIdentity): Promise<void> {
  if (process.platform !== 'linux') return Bun.sleep(BLIND_MS)
  const deadline = performance.now() + STILL_MS
  while (!threadStates(pid).every((state) => state === 'T')) {
    if (performance.now() > deadline) throw new StartError(`process ${pid} cannot be held still`)
    await Bun.sleep(2)
  }
}

/** The state of each thread, as /proc tells it: T stopped. A process that is gone has none. */
function threadStates(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map((task) => {
      const stat = readFileSync(`/proc/${pid}/task/${task}/stat`, 'utf8')
      return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3)
    })
  } catch {
    return []
  }
}
