/**
 * Keeps one part running.
 *
 * - `start` resolves when the part is ready, or rejects with its last log lines and leaves nothing running.
 * - From then on a part that ends is started again, at once at first, then with longer pauses, until `stop`.
 * - A part is its own session: a terminal's Ctrl-C reaches only the supervisor, which stops the parts in order.
 */
import { closeSync } from 'node:fs'
import { lastLines, logSize, openLog } from './logs.ts'
import type { Command, Part } from './parts/part.ts'
import { identify, type ProcessIdentity } from './process-identity.ts'
import { StartError } from './start-error.ts'
import type { PartState } from './state.ts'

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 10_000
/** Ready for this long, a part has recovered: its next pause is the first again. */
const RECOVERED_MS = 30_000
const SHOWN_LINES = 8

export interface Watch {
  readonly logFile: string
  /** The part's state has changed. */
  changed(): void
  /** One line about a part that died or came back. */
  say(line: string): void
  /** Aborted: nothing is started any more. */
  readonly signal: AbortSignal
}

export class Supervised {
  #child: Bun.Subprocess | undefined
  #identity: ProcessIdentity | undefined
  #status: PartState['status'] = 'down'
  #since = 0
  #restarts = 0
  #pauseMs = FIRST_PAUSE_MS
  #watching: Promise<void> | undefined
  readonly #stopping = new AbortController()

  constructor(
    readonly part: Part,
    private readonly watch: Watch,
  ) {}

  get state(): PartState {
    return {
      name: this.part.name,
      ...(this.#identity ? { process: this.#identity } : {}),
      status: this.#status,
      address: this.part.address,
      since: this.#since,
      restarts: this.#restarts,
    }
  }

  /** Starts it and waits until it is ready. @throws StartError */
  async start(): Promise<void> {
    const child = await this.#launch()
    this.#watching = this.#keep(child)
  }

  /** Stops it cleanly, by force after its time is up. Returns when it is gone. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#child?.kill('SIGTERM')
    const timer = setTimeout(() => this.#child?.kill('SIGKILL'), this.part.stopTimeoutMs)
    await this.#child?.exited
    clearTimeout(timer)
    await this.#watching
  }

  kill(signal: NodeJS.Signals): void {
    this.#child?.kill(signal)
  }

  get #stopped(): boolean {
    return this.#stopping.signal.aborted || this.watch.signal.aborted
  }

  async #launch(): Promise<Bun.Subprocess> {
    this.#mark('starting')
    try {
      const command = await this.part.command()
      if (this.#stopped) throw new StartError(`${this.part.title} was stopped while starting`)
      const logStart = logSize(this.watch.logFile)
      const child = this.#spawn(command)
      await this.#untilReady(child, command, logStart)
      this.#mark('ready')
      return child
    } catch (error) {
      this.#mark('down')
      throw error
    }
  }

  #spawn(command: Command): Bun.Subprocess {
    const log = openLog(this.watch.logFile)
    const child = Bun.spawn([...command.argv], {
      cwd: command.cwd,
      env: { ...command.env },
      stdio: ['ignore', log, log],
      detached: true,
      onExit: () => {
        this.#identity = undefined
        command.ended?.()
      },
    })
    closeSync(log)
    this.#child = child
    this.#identity = identify(child.pid)
    this.#since = Date.now()
    // Written before anything else happens: a supervisor killed now leaves an orphan that is known.
    this.watch.changed()
    return child
  }

  async #untilReady(child: Bun.Subprocess, command: Command, logStart: number): Promise<void> {
    const { title, readyTimeoutMs } = this.part
    const deadline = performance.now() + readyTimeoutMs
    const hasEnded = () => child.exitCode !== null || child.signalCode !== null
    while (!(await command.ready()) || hasEnded()) {
      const late = performance.now() > deadline
      if (!hasEnded() && !late && !this.#stopped) {
        await Bun.sleep(25)
        continue
      }
      const how = hasEnded() ? ended(child) : `was not ready after ${readyTimeoutMs / 1000} s`
      child.kill(late ? 'SIGKILL' : 'SIGTERM')
      await child.exited
      const log = lastLines(this.watch.logFile, SHOWN_LINES, logStart).map((line) => `\n  ${line}`)
      throw new StartError(
        `${title} ${how}${log.length > 0 ? `; its log (${this.watch.logFile}) ends:` : ''}${log.join('')}`,
      )
    }
  }

  /** Starts it again each time it ends, until it is stopped. */
  async #keep(first: Bun.Subprocess): Promise<void> {
    let child = first
    for (;;) {
      const readyAt = performance.now()
      await child.exited
      this.#mark('down')
      if (this.#stopped) return
      if (performance.now() - readyAt > RECOVERED_MS) this.#pauseMs = FIRST_PAUSE_MS
      this.watch.say(`${this.part.title} ${ended(child)}: starting it again`)
      const next = await this.#restart()
      if (!next) return
      child = next
    }
  }

  async #restart(): Promise<Bun.Subprocess | undefined> {
    const from = performance.now()
    let told = ''
    for (;;) {
      await pause(this.#pauseMs, this.#stopping.signal)
      if (this.#stopped) return undefined
      this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS)
      try {
        const child = await this.#launch()
        this.#restarts++
        this.watch.changed()
        this.watch.say(`${this.part.title} is back after ${((performance.now() - from) / 1000).toFixed(1)} s`)
        return child
      } catch (error) {
        if (this.#stopped) return undefined
        const why = (error as Error).message.split('\n').at(-1)?.trim() ?? ''
        if (why !== told) this.watch.say(`${this.part.title} does not start: ${why}`)
        told = why
      }
    }
  }

  #mark(status: PartState['status']): void {
    this.#status = status
    this.watch.changed()
  }
}

/** Waits, or returns early when the signal aborts. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}

function ended(child: Bun.Subprocess): string {
  return child.signalCode ? `was killed (${child.signalCode})` : `ended with exit code ${child.exitCode}`
}
