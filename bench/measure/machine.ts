/** Where a measurement was made: numbers of another machine are another measurement. */
import { cpus, release, totalmem } from 'node:os'
import { join } from 'node:path'

const ROOT = join(import.meta.dir, '../..')

export function machine() {
  const cores = cpus()
  return {
    cpu: cores[0]?.model.trim() ?? 'unknown',
    cores: cores.length,
    memory_gib: Math.round(totalmem() / 1024 ** 3),
    kernel: `${process.platform} ${release()}`,
    bun: Bun.version,
    revision: revision(),
  }
}

/** What others may take of the machine before a measurement is called disturbed. */
const QUIET = 0.15
const LOOK_MS = 1_000

/** A warning when other programs keep the machine busy; absent when it is quiet. To be asked while nothing of ours runs. */
export async function busyNote(lookMs = LOOK_MS): Promise<string | undefined> {
  const before = cpuTimes()
  await Bun.sleep(lookMs)
  const after = cpuTimes()
  const share = 1 - (after.idle - before.idle) / (after.all - before.all)
  return share > QUIET
    ? `others took ${Math.round(share * 100)} % of the machine before it began: too little was left for what is measured`
    : undefined
}

/** Milliseconds of all cores since the machine started. */
function cpuTimes() {
  const times = cpus().map((core) => core.times)
  const sum = (pick: (time: (typeof times)[number]) => number) =>
    times.reduce((total, time) => total + pick(time), 0)
  return {
    idle: sum(({ idle }) => idle),
    all: sum(({ user, nice, sys, idle, irq }) => user + nice + sys + idle + irq),
  }
}

/** What a measurement writes itself, and texts: no code that is measured. */
const NO_CODE = [':!bench/results', ':!docs', ':!*.md']

/** The commit measured, with a + when code differs from it. */
function revision(): string {
  const git = (...args: string[]) => {
    const { exitCode, stdout } = Bun.spawnSync(['git', ...args], { cwd: ROOT, stderr: 'ignore' })
    return exitCode === 0 ? stdout.toString().trim() : undefined
  }
  try {
    const commit = git('rev-parse', '--short', 'HEAD')
    return commit
      ? commit + (git('status', '--porcelain', '--untracked-files=no', '--', ':/', ...NO_CODE) ? '+' : '')
      : 'unknown'
  } catch {
    return 'unknown'
  }
}

/** Resident memory of a process, in MiB. @throws when it is gone */
export async function residentMib(pid: number): Promise<number> {
  const status = await Bun.file(`/proc/${pid}/status`).text()
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024
}

/** Seconds of CPU that a process and its children took until now. @throws when it is gone */
export async function cpuSeconds(pid: number): Promise<number> {
  const stat = await Bun.file(`/proc/${pid}/stat`).text()
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const own = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
  const children = await Promise.all((await childrenOf(pid)).map((child) => cpuSeconds(child).catch(() => 0)))
  return children.reduce((sum, seconds) => sum + seconds, own)
}

/** Linux has told user programs of 100 ticks a second on every machine since long. */
const TICKS_PER_SECOND = 100

async function childrenOf(pid: number): Promise<number[]> {
  const text = await Bun.file(`/proc/${pid}/task/${pid}/children`).text()
  return text.split(' ').filter(Boolean).map(Number)
}
