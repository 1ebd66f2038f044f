// One process per directory, without trusting what a killed one left behind. Each process puts a file named after
// itself (its pid and when that pid was started, so a reused pid is another process) and then looks for others: of two
// that come at once at least the later one sees the other, so there are never two owners. Files of the dead are removed
// by whoever meets them; as a name belongs to one process only, that cannot hit a live one.
// Processes must share a pid namespace: do not mount one spool directory into two containers.

import { readdir, readFile, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { errnoOf } from './files.ts'

const NAME = /^owner-(\d+)-([0-9a-z]+)$/

/** Start of a process, in whatever unit the system has, or undefined when no such process runs. */
export async function processStart(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    // Field 2 is the command in parentheses and may hold anything; field 22 is the start in ticks since boot.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // A zombie holds nothing any more; its parent may never come for it.
    if (state === 'Z' || state === 'X') return undefined
    const start = fields[18]
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8')
    return `${boot.slice(0, 8)}${start}`
  } catch (error) {
    const code = errnoOf(error)
    if (code !== 'ENOENT' && code !== 'ESRCH') throw error
    return process.platform === 'linux' ? undefined : startFromPs(pid)
  }
}

/** The same where there is no /proc. */
export async function startFromPs(pid: number): Promise<string | undefined> {
  const ps = Bun.spawn(['ps', '-o', 'lstart=', '-p', String(pid)], { stdout: 'pipe', stderr: 'ignore' })
  const text = (await new Response(ps.stdout).text()).toLowerCase().replaceAll(/[^0-9a-z]/g, '')
  return text === '' ? undefined : text
}

export class SpoolLockedError extends Error {
  override readonly name = 'SpoolLockedError'

  constructor(directory: string, pid: number) {
    super(`spool ${directory} is in use by process ${pid}`)
  }
}

/** Takes the directory for this process and returns what gives it back; throws SpoolLockedError when it is taken. */
export async function lockDirectory(directory: string): Promise<() => Promise<void>> {
  const own = `owner-${process.pid}-${await processStart(process.pid)}`
  const path = join(directory, own)
  await writeFile(path, '', { flag: 'wx' }).catch((error: unknown) => {
    throw errnoOf(error) === 'EEXIST' ? new SpoolLockedError(directory, process.pid) : error
  })
  const release = () => unlink(path)
  try {
    for (const name of await readdir(directory)) {
      const [, pid, start] = NAME.exec(name) ?? []
      if (name === own || pid === undefined) continue
      if ((await processStart(Number(pid))) === start) throw new SpoolLockedError(directory, Number(pid))
      // Another newcomer may have removed it first.
      await unlink(join(directory, name)).catch(() => {})
    }
  } catch (error) {
    await release()
    throw error
  }
  return release
}
