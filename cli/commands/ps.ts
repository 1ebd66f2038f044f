/** `ps`: every part with its process, how long it runs and what it takes. */

import { dataFolder } from '../config.ts'
import { print } from '../output.ts'
import type { ProcessIdentity } from '../process-identity.ts'
import { orphans, runningSystem } from '../state.ts'
import { strictCommand } from '../strict-command.ts'
import { duration, table } from '../table.ts'

export default strictCommand({
  meta: { name: 'ps', description: 'Show what runs' },
  run: () => {
    const dataDir = dataFolder(process.env)
    const state = runningSystem(dataDir)
    if (!state) {
      const left = orphans(dataDir).map(({ name, process }) => `${name} (${process.pid})`)
      const more = left.length > 0 ? `, but a killed \`up\` left ${left.join(', ')}: \`down\` stops them` : ''
      print(`rtpx is not up${more}`)
      return
    }
    const memory = memoryOf(state.parts.flatMap((part) => part.process ?? []))
    const rows = state.parts.map((part) => [
      part.name,
      part.status,
      part.process ? String(part.process.pid) : '-',
      part.process ? duration(Date.now() - part.since) : '-',
      String(part.restarts),
      part.process ? (memory.get(part.process.pid) ?? '-') : '-',
      part.address,
    ])
    print(table(['PART', 'STATUS', 'PID', 'UP', 'RESTARTS', 'MEMORY', 'ADDRESS'], rows))
    print(`\n${state.phase}, process ${state.supervisor.pid}, data in ${dataDir}`)
  },
})

/** Resident memory of each process, for people. */
function memoryOf(processes: readonly ProcessIdentity[]): Map<number, string> {
  if (processes.length === 0) return new Map()
  const pids = processes.map(({ pid }) => pid).join(',')
  const { stdout } = Bun.spawnSync(['ps', '-o', 'pid=,rss=', '-p', pids])
  const pairs = stdout
    .toString()
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
  return new Map(pairs.map(([pid = 0, kib = 0]) => [pid, `${Math.round(kib / 1024)} MiB`]))
}
