/**
 * The supervised parts together: their state on disk follows every change, their logs are kept small, and they are
 * stopped in order. Nothing is started after `stop`.
 */
import { freeMib } from './data-folder.ts'
import { boundLog, logFile } from './logs.ts'
import type { Part } from './parts/part.ts'
import { type PartName, type PartState, type SystemState, writeState } from './state.ts'
import { Supervised } from './supervisor.ts'

/** Edges drain into ClickHouse or Kafka, readers leave ClickHouse, ClickHouse leaves Kafka's group. */
const STOP_TOGETHER: readonly (readonly PartName[])[] = [
  ['edge'],
  ['aggregator', 'dashboard'],
  ['clickhouse'],
  ['kafka'],
]
const UPKEEP_MS = 5_000

export interface FleetOptions {
  readonly dataDir: string
  readonly minFreeMib: number
  /** The state without its parts, as it is now. */
  describe(): Omit<SystemState, 'parts'>
  /** One line about a part that died or came back, or a disk that fills. */
  say(line: string): void
}

export class Fleet {
  readonly #parts = new Map<PartName, Supervised>()
  readonly #abort = new AbortController()
  #upkeep: ReturnType<typeof setInterval> | undefined
  #lowDisk = false
  readonly #starting: Promise<void>[] = []
  #stopped: Promise<void> | undefined

  constructor(private readonly options: FleetOptions) {}

  /** Aborted when it stops. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  get states(): PartState[] {
    return [...this.#parts.values()].map((part) => part.state)
  }

  /** Starts a part and keeps it running from then on. @throws StartError when it does not become ready */
  async start(part: Part): Promise<void> {
    this.signal.throwIfAborted()
    const { dataDir, say } = this.options
    const supervised = new Supervised(part, {
      logFile: logFile(dataDir, part.name),
      changed: () => this.save(),
      say,
      signal: this.signal,
    })
    this.#parts.set(part.name, supervised)
    this.#upkeep ??= setInterval(() => this.#keepUp(), UPKEEP_MS)
    const started = supervised.start()
    this.#starting.push(started)
    await started
  }

  save(): void {
    writeState(this.options.dataDir, { ...this.options.describe(), parts: this.states })
  }

  /** Signals one part, as an outsider would: it comes back. */
  kill(name: PartName, signal: NodeJS.Signals): void {
    this.#parts.get(name)?.kill(signal)
  }

  /** Stops every part in order; one that is still starting ends too. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stopAll()
    return this.#stopped
  }

  async #stopAll(): Promise<void> {
    this.#abort.abort()
    clearInterval(this.#upkeep)
    for (const names of STOP_TOGETHER) await Promise.all(names.map((name) => this.#parts.get(name)?.stop()))
    await Promise.allSettled(this.#starting)
  }

  /** Ends every part at once, without order or mercy. */
  killAll(): void {
    this.#abort.abort()
    for (const part of this.#parts.values()) part.kill('SIGKILL')
  }

  #keepUp(): void {
    const { dataDir, minFreeMib, say } = this.options
    for (const name of this.#parts.keys()) boundLog(logFile(dataDir, name))
    const free = freeMib(dataDir)
    const low = free < minFreeMib
    if (low && !this.#lowDisk) say(`the disk of RTPX_DATA has only ${free} MiB free`)
    this.#lowDisk = low
  }
}
