/** A process of a bench: on the core it is given, its output in a file, ended by its own pid. */
import { closeSync, openSync, readFileSync } from 'node:fs'
import type { Cleanup } from './cleanup.ts'

export interface ChildOptions {
  readonly command: readonly string[]
  /** The core it is bound to, with all its threads. */
  readonly core?: number
  readonly env?: Readonly<Record<string, string>>
  readonly logFile: string
  /** How long it may take to end once it is told to, in milliseconds. */
  readonly stopMs?: number
}

export interface Child {
  readonly pid: number
  readonly exited: Promise<number>
  /** What it wrote until now. */
  output(): string
  /** Seconds of CPU it took in all; 0 while it runs. */
  cpuSeconds(): number
  /** SIGTERM, and SIGKILL when it takes too long. @returns the exit code */
  stop(): Promise<number>
}

/** @throws when the bench is being interrupted, or the command does not exist */
export function startChild(
  { command, core, env, logFile, stopMs = 5_000 }: ChildOptions,
  cleanup: Cleanup,
): Child {
  cleanup.add(() => stop?.())
  let stop: Child['stop'] | undefined
  const log = openSync(logFile, 'w')
  const bound = core === undefined ? command : ['taskset', '-c', String(core), ...command]
  const child = Bun.spawn([...bound], {
    env: { ...process.env, ...env },
    stdin: 'ignore',
    stdout: log,
    stderr: log,
  })
  closeSync(log)
  stop = async () => {
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), stopMs)
    const code = await child.exited
    clearTimeout(timer)
    return code
  }
  return {
    pid: child.pid,
    exited: child.exited,
    output: () => readFileSync(logFile, 'utf8'),
    cpuSeconds: () => Number(child.resourceUsage()?.cpuTime.total ?? 0) / 1e6,
    stop,
  }
}

/** Waits until the address answers. @throws with what the process wrote when it ends first or takes too long */
export async function untilAnswers(url: string, child: Child, timeoutMs = 60_000): Promise<void> {
  const deadline = performance.now() + timeoutMs
  let ended = false
  void child.exited.then(() => {
    ended = true
  })
  while (
    !(await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    if (ended || performance.now() > deadline)
      throw new Error(`${url} does not answer: ${child.output().trim().slice(-2_000)}`)
    await Bun.sleep(20)
  }
}
