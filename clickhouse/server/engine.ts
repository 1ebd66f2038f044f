/**
 * The engine and its lanes. It promises: a lane runs one statement at a time and is handed out to one request at a time;
 * at most `lanes` run side by side, at most `waiting` more wait, and the next is refused; the data directory is held by
 * one process. Lanes are threads (workers), started when first needed.
 */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ServerException } from './exceptions.ts'
import type { Done, LaneReply, LaneRequest, Place } from './lane-protocol.ts'
import type { Bound, Connection, Outcome } from './libchdb.ts'
import { makePipe } from './posix.ts'
import { literal } from './tokens.ts'

/** One thread of the engine and its result pipe. */
export class Lane {
  readonly pipePath: string
  readonly #worker: Worker
  #reply: { resolve: (reply: LaneReply) => void; reject: (error: Error) => void } | undefined

  /** Settles when the thread is up; true when it is confined to what the engine owns. */
  readonly confined: Promise<boolean>

  constructor(pipePath: string, owned: readonly string[]) {
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
    this.confined = this.#send({ op: 'confine', owned }).then(
      (reply) => reply.kind === 'confined' && reply.confined,
    )
  }

  /** Sends one request. @throws ServerException when the engine refused it, Error when a request is already under way */
  async call(request: LaneRequest): Promise<Exclude<LaneReply, { kind: 'refused' }>> {
    await this.confined
    const reply = await this.#send(request)
    if (reply.kind === 'refused') throw new ServerException(1001, 'STD_EXCEPTION', reply.message)
    return reply
  }

  #send(request: LaneRequest): Promise<LaneReply> {
    if (this.#reply) throw new Error('the lane is busy')
    return new Promise<LaneReply>((resolve, reject) => {
      this.#reply = { resolve, reject }
      this.#worker.postMessage(request)
    })
  }

  /** Runs statements to their end; a failure of the lane itself is an outcome too. */
  async query(place: Place, sql: Uint8Array, format: string, params: Bound): Promise<Done> {
    try {
      const reply = await this.call({ op: 'query', place, sql, format, params })
      if (reply.kind !== 'done') throw new Error(`a query answered ${reply.kind}`)
      return reply
    } catch (error) {
      return {
        kind: 'done',
        outcome: { ok: false, error: error instanceof Error ? error.message : String(error) },
      }
    }
  }
}

export interface EngineOptions {
  /** The only directory the engine may touch; absolute. */
  root: string
  /** Where the engine keeps its files; below it. */
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
const cancelled = () =>
  new ServerException(394, 'QUERY_WAS_CANCELLED', 'Query was cancelled: its client went away or ended it')

export class Engine {
  readonly #options: EngineOptions
  readonly #idle: Lane[] = []
  readonly #queue = new Set<(lane: Lane) => void>()
  readonly #control: Lane
  #controlQueue: Promise<unknown> = Promise.resolve()
  #root: Connection | undefined
  #started = 0
  /** The engine's version, `26.7.2.1`. */
  version = ''
  timezone = ''
  /** True when the system keeps the engine to its own directory. */
  confined = false
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
    const booted = await engine.#control.call({ op: 'boot', args: engine.connectArgs() })
    if (booted.kind === 'booted') engine.#root = booted.connection
    engine.confined = await engine.#control.confined
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
    return new Lane(path, [this.#options.root])
  }

  /**
   * A free lane, waiting for one if need be.
   * @param gone ends the waiting
   * @throws ServerException 202 when too many wait already, 394 when `gone` fired
   */
  async acquire(gone?: AbortSignal): Promise<Lane> {
    if (gone?.aborted) throw cancelled()
    const idle = this.#idle.pop()
    if (idle) return this.#taken(idle)
    if (this.#started < this.#options.lanes) {
      this.#started += 1
      return this.#taken(this.#newLane(String(this.#started)))
    }
    if (this.#queue.size >= this.#options.waiting) {
      const most = this.#options.lanes + this.#options.waiting
      throw new ServerException(
        202,
        'TOO_MANY_SIMULTANEOUS_QUERIES',
        `Too many simultaneous queries. Maximum: ${most}`,
      )
    }
    const { promise, resolve, reject } = Promise.withResolvers<Lane>()
    const leave = () => {
      this.#queue.delete(resolve)
      reject(cancelled())
    }
    this.#queue.add(resolve)
    gone?.addEventListener('abort', leave, { once: true })
    return this.#taken(await promise.finally(() => gone?.removeEventListener('abort', leave)))
  }

  #taken(lane: Lane): Lane {
    this.#busy += 1
    return lane
  }

  /** Gives a lane back. Nothing may be running on it. */
  release(lane: Lane): void {
    this.#busy -= 1
    const [next] = this.#queue
    if (!next) return void this.#idle.push(lane)
    this.#queue.delete(next)
    next(lane)
  }

  /** Runs a statement on the lane kept for what must not wait behind clients' statements. */
  onControl(place: Place, sql: Uint8Array, format: string, params: Bound): Promise<Done> {
    const run = this.#controlQueue.then(() => this.#control.query(place, sql, format, params))
    this.#controlQueue = run
    return run
  }

  /** Runs one of our own statements there. */
  async control(sql: string, format = 'TabSeparated', params: Bound = []): Promise<Outcome> {
    const place = {
      args: this.connectArgs(),
      setup: '',
      tables: [],
      settings: [],
      setsDatabase: false,
      keep: false,
    }
    return (await this.onControl(place, utf8.encode(sql), format, params)).outcome
  }

  /**
   * Ends the SELECT that runs on a lane, known by the lane's pipe. The lane must not be given back before this returns, or
   * its next statement could be hit.
   */
  async kill(lane: Lane): Promise<void> {
    const which = `position(query, ${literal(lane.pipePath)}) > 0 AND query_kind = 'Select'`
    const outcome = await this.control(`KILL QUERY WHERE ${which} ASYNC`)
    if (!outcome.ok) throw new Error(outcome.error)
  }

  /** Closes a connection that was kept open. */
  async close(connection: Connection): Promise<void> {
    const run = this.#controlQueue.then(() => this.#control.call({ op: 'close', connection }))
    this.#controlQueue = run.catch(() => undefined)
    await run
  }

  /** Shuts the engine down, if nothing runs: it writes what it holds and stops its threads. All other connections are closed. */
  async shutDown(): Promise<void> {
    const root = this.#root
    this.#root = undefined
    if (this.#busy === 0 && root !== undefined) await this.close(root)
  }
}
