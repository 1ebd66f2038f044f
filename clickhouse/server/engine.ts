/**
 * The engine and its lanes. It promises: a lane runs one statement at a time and is handed out to one request at a time;
 * at most `lanes` run side by side, at most `waiting` more wait, and the next is refused; the data directory is held by
 * one process. Lanes are threads (workers), started when first needed.
 */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ServerException } from './exceptions.ts'
import type { LaneReply, LaneRequest, Place } from './lane-protocol.ts'
import type { Bound, Connection, Outcome } from './libchdb.ts'
import { makePipe } from './posix.ts'
import { literal } from './sql.ts'

/** One thread of the engine and its result pipe. */
export class Lane {
  readonly pipePath: string
  readonly #worker: Worker
  #reply: { resolve: (reply: LaneReply) => void; reject: (error: Error) => void } | undefined

  constructor(pipePath: string) {
    this.pipePath = pipePath
    this.#worker = new Worker(new URL('./lane.ts', import.meta.url).href)
    this.#worker.onmessage = (event: MessageEvent<LaneReply>) => {
      const waiting = this.#reply
      this.#reply = undefined
      waiting?.resolve(event.data)
    }
    this.#worker.onerror = (event) => {
      const waiting = this.#reply
      this.#reply = undefined
      waiting?.reject(new Error(`a lane of the engine failed: ${event.message}`))
    }
  }

  /** Sends one request. @throws ServerException when the engine refused it, Error when a request is already under way */
  async call(request: LaneRequest): Promise<Exclude<LaneReply, { kind: 'refused' }>> {
    if (this.#reply) throw new Error('the lane is busy')
    const reply = await new Promise<LaneReply>((resolve, reject) => {
      this.#reply = { resolve, reject }
      this.#worker.postMessage(request)
    })
    if (reply.kind === 'refused') throw new ServerException(1001, 'STD_EXCEPTION', reply.message)
    return reply
  }

  /** Runs statements to their end. */
  async query(
    place: Place,
    sql: Uint8Array,
    format: string,
    params: Bound,
  ): Promise<{ outcome: Outcome; connection?: Connection | undefined }> {
    const reply = await this.call({ op: 'query', place, sql, format, params })
    if (reply.kind !== 'done') throw new Error(`a query answered ${reply.kind}`)
    return reply
  }
}

export interface EngineOptions {
  /** Where the engine keeps its files; absolute. */
  directory: string
  /** Where the result pipes go; absolute, emptied at start. */
  pipes: string
  configFile: string
  /** Statements that run side by side. */
  lanes: number
  /** Requests that may wait for a lane. */
  waiting: number
}

const utf8 = new TextEncoder()

export class Engine {
  readonly #options: EngineOptions
  readonly #idle: Lane[] = []
  readonly #queue: ((lane: Lane) => void)[] = []
  readonly #control: Lane
  #controlQueue: Promise<unknown> = Promise.resolve()
  #started = 0
  /** The engine's version, `26.7.2.1`. */
  version = ''
  timezone = ''
  #busy = 0

  private constructor(options: EngineOptions) {
    this.#options = options
    rmSync(options.pipes, { recursive: true, force: true })
    mkdirSync(options.pipes, { recursive: true, mode: 0o700 })
    this.#control = this.#newLane('control')
  }

  /** Opens the engine. @throws when the directory cannot be opened; the engine's log says why */
  static async start(options: EngineOptions): Promise<Engine> {
    const engine = new Engine(options)
    // This connection stays open: the engine shuts down with its last one.
    await engine.#control.call({ op: 'boot', args: engine.connectArgs() })
    const about = await engine.control('SELECT version(), timezone()')
    if (!about.ok) throw new Error(about.error)
    const [version = '', timezone = ''] = Buffer.from(about.bytes).toString().trim().split('\t')
    Object.assign(engine, { version, timezone })
    return engine
  }

  /** Arguments of a new connection; `settings` are `--name=value`, known ones only (unknown ones are ignored). */
  connectArgs(settings: readonly string[] = []): string[] {
    return [`--path=${this.#options.directory}`, `--config-file=${this.#options.configFile}`, ...settings]
  }

  /** Statements running now. */
  get running(): number {
    return this.#busy
  }

  #newLane(name: string): Lane {
    const path = join(this.#options.pipes, name)
    makePipe(path)
    return new Lane(path)
  }

  /** A free lane, waiting for one if need be. @throws ServerException 202 when too many wait already */
  async acquire(): Promise<Lane> {
    this.#busy += 1
    const idle = this.#idle.pop()
    if (idle) return idle
    if (this.#started < this.#options.lanes) {
      this.#started += 1
      return this.#newLane(String(this.#started))
    }
    if (this.#queue.length >= this.#options.waiting) {
      this.#busy -= 1
      const most = this.#options.lanes + this.#options.waiting
      throw new ServerException(
        202,
        'TOO_MANY_SIMULTANEOUS_QUERIES',
        `Too many simultaneous queries. Maximum: ${most}`,
      )
    }
    return new Promise((resolve) => this.#queue.push(resolve))
  }

  /** Gives a lane back. Nothing may be running on it. */
  release(lane: Lane): void {
    this.#busy -= 1
    const next = this.#queue.shift()
    if (next) next(lane)
    else this.#idle.push(lane)
  }

  /** Runs one of our own statements on the lane kept for that, so that it never waits behind a client's. */
  control(sql: string, format = 'TabSeparated', params: Bound = []): Promise<Outcome> {
    const place = { args: this.connectArgs(), setup: '', keep: false }
    const run = this.#controlQueue.then(
      async () => (await this.#control.query(place, utf8.encode(sql), format, params)).outcome,
    )
    this.#controlQueue = run.catch(() => undefined)
    return run
  }

  /** Ends what runs on a lane, and returns when the engine was told. */
  async kill(lane: Lane): Promise<void> {
    const outcome = await this.control(
      `KILL QUERY WHERE position(query, ${literal(lane.pipePath)}) > 0 AND query_kind = 'Select' ASYNC`,
    )
    if (!outcome.ok) throw new Error(outcome.error)
  }

  /** Closes a connection that was kept open. */
  async close(connection: Connection): Promise<void> {
    const run = this.#controlQueue.then(() => this.#control.call({ op: 'close', connection }))
    this.#controlQueue = run.catch(() => undefined)
    await run
  }
}
