/**
 * The embedded ClickHouse as one value: start it, use its URL, stop it. It promises: one process a data directory; when it
 * is stopped, running statements had time to finish, Kafka consumers have stopped, and the engine is shut.
 */
import { mkdirSync } from 'node:fs'
import { totalmem } from 'node:os'
import { join } from 'node:path'
import { answer } from './app.ts'
import type { ServerSettings } from './config.ts'
import { Engine } from './engine.ts'
import { DISPLAY_NAME, engineFiles, writeEngineConfig } from './engine-config.ts'
import { People } from './people.ts'
import { lockFile } from './posix.ts'
import type { App } from './query-handler.ts'
import { Sessions } from './sessions.ts'
import { identifier } from './tokens.ts'

/** A reason not to start that its reader can do something about: one line. */
export class StartError extends Error {
  override readonly name = 'StartError'
}

export interface RunningServer {
  url: string
  port: number
  /** False where the system cannot keep SQL from this user's files. */
  confined: boolean
  /** Stops taking requests, waits for running statements, detaches Kafka tables. The process can then exit. */
  stop(): Promise<void>
}

const DRAIN_MS = 5_000
const KILLED_MS = 1_000
const SHUT_DOWN_MS = 3_000
const WAITING_PER_LANE = 4

async function openEngine(settings: ServerSettings): Promise<Engine> {
  const files = engineFiles(settings.dataDirectory)
  mkdirSync(files.root, { recursive: true, mode: 0o700 })
  if (!lockFile(files.lock)) throw new StartError(`${files.root} is in use by another process`)
  const memoryBytes =
    settings.maxMemoryMib > 0 ? settings.maxMemoryMib * (1 << 20) : Math.floor(totalmem() / 2)
  writeEngineConfig(files, {
    memoryBytes,
    logLevel: settings.logLevel,
    database: settings.database,
    newId: () => crypto.randomUUID(),
  })
  try {
    return await Engine.start({
      ...files,
      lanes: settings.maxQueries,
      waiting: settings.maxQueries * WAITING_PER_LANE,
    })
  } catch (error) {
    throw new StartError(
      `ClickHouse did not open ${files.directory}: see ${files.log} (${error instanceof Error ? error.message : error})`,
    )
  }
}

/**
 * Stops what reads from Kafka, so that no block is half-way through its views when the process ends. Plain DETACH: the tables
 * are back at the next start. The engine does not leave its group by it: the members stay until their session ends.
 */
async function detachKafka(engine: Engine): Promise<void> {
  const tables = await engine.control(
    "SELECT database, name FROM system.tables WHERE engine = 'Kafka'",
    'JSONCompactEachRow',
  )
  if (!tables.ok) throw new Error(tables.error)
  for (const line of Buffer.from(tables.bytes).toString().split('\n').filter(Boolean)) {
    const [database, name] = JSON.parse(line) as [string, string]
    const detached = await engine.control(`DETACH TABLE ${identifier(database)}.${identifier(name)}`)
    if (!detached.ok) console.error(`clickhouse: ${detached.error}`)
  }
}

/** Starts the engine and its HTTP interface. @throws StartError */
export async function startClickHouse(settings: ServerSettings): Promise<RunningServer> {
  const engine = await openEngine(settings)
  const app: App = {
    engine,
    sessions: new Sessions((connection) => engine.close(connection)),
    spoolPath: () => join(engineFiles(settings.dataDirectory).pipes, crypto.randomUUID()),
    account: { user: settings.user, password: settings.password },
    people: new People(engine, settings.database, () => Date.now()),
    displayName: DISPLAY_NAME,
    newQueryId: () => crypto.randomUUID(),
    newTag: () =>
      Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
        String.fromCharCode(97 + (byte % 26)),
      ).join(''),
    now: () => performance.now(),
  }
  let server: ReturnType<typeof Bun.serve>
  try {
    server = Bun.serve({
      hostname: settings.host,
      port: settings.port,
      // Silence between requests; while one is under way its own limits hold.
      idleTimeout: 60,
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
      fetch: (request, self) => {
        self.timeout(request, 0)
        // The shortest silence the runtime knows, about four seconds.
        return answer(app, request, (broken) => self.timeout(broken, 1))
      },
      error: (error) =>
        new Response(`Code: 1001. DB::Exception: ${error.message}. (STD_EXCEPTION)\n`, { status: 500 }),
    })
  } catch (error) {
    const reason =
      (error as { code?: string }).code === 'EADDRINUSE'
        ? 'is in use'
        : `cannot be used: ${(error as Error).message}`
    throw new StartError(`CLICKHOUSE_PORT ${settings.port} on ${settings.host} ${reason}`)
  }
  const port = server.port ?? settings.port
  return {
    url: `http://${settings.host.includes(':') ? `[${settings.host}]` : settings.host}:${port}`,
    port,
    confined: engine.confined,
    stop: async () => {
      server.stop(false)
      await idle(engine, DRAIN_MS)
      if (engine.running > 0) await engine.control("KILL QUERY WHERE query_kind != 'KillQuery' ASYNC")
      await idle(engine, KILLED_MS)
      await server.stop(true)
      await detachKafka(engine)
      await app.sessions.closeAll()
      await Promise.race([engine.shutDown(), Bun.sleep(SHUT_DOWN_MS)])
    },
  }
}

/** Waits until nothing runs, but not for ever. */
async function idle(engine: Engine, mostMs: number): Promise<void> {
  for (let waited = 0; engine.running > 0 && waited < mostMs; waited += 20) await Bun.sleep(20)
}
