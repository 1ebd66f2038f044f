/** `up --detach`: the same `up` as a process of its own; returns when that is ready, or with its reason and exit code 1. */
import { closeSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT, readUpSettings } from '../config.ts'
import { checkDataFolder } from '../data-folder.ts'
import { linesFrom, logFile, openLog } from '../logs.ts'
import { print } from '../output.ts'
import { runningSystem } from '../state.ts'

const POLL_MS = 100

export async function detached(dataDir: string): Promise<void> {
  checkDataFolder(dataDir, readUpSettings(process.env).MIN_FREE_MIB)
  const path = logFile(dataDir, 'up')
  rmSync(path, { force: true })
  const log = openLog(path)
  const { npm_lifecycle_event: _, ...env } = process.env
  const child = Bun.spawn([process.execPath, join(ROOT, 'cli/main.ts'), 'up'], {
    env: { ...env, RTPX_DATA: dataDir },
    stdio: ['ignore', log, log],
    detached: true,
  })
  closeSync(log)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill('SIGTERM'))
  let shown = 0
  const show = () => {
    const { lines, end } = linesFrom(path, shown)
    shown = end
    for (const line of lines) print(line)
  }
  for (;;) {
    const ended = child.exitCode !== null || child.signalCode !== null
    const state = runningSystem(dataDir)
    show()
    if (ended) process.exit(child.exitCode ?? 1)
    if (state?.phase === 'ready' && state.supervisor.pid === child.pid) break
    await Bun.sleep(POLL_MS)
  }
  await Bun.sleep(POLL_MS)
  show()
  print('It goes on in the background: bun run ps, bun run logs, bun run down')
  process.exit(0)
}
