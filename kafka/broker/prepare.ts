/**
 * Everything before the broker's process: Java and jars found, port free, storage formatted. What comes out is a
 * command line whose process is the broker itself, so that its pid is the one to signal.
 */
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { BrokerError } from './broker-error.ts'
import { ensureJars } from './jars.ts'
import { findJava } from './java.ts'
import { bindable, freePort } from './ports.ts'
import { askClusterId } from './ready.ts'
import { ensureFormatted, writeProperties } from './storage.ts'

export interface BrokerOptions {
  /** Where the broker's properties and data live; made when absent, continued when not. */
  readonly dataDir: string
  /** The port for clients on 127.0.0.1; 0 or absent: a free one. */
  readonly port?: number
  /** The port of the controller; absent: a free one, which may differ at each start. */
  readonly controllerPort?: number
  /** The largest Java heap, in MiB. */
  readonly heapMb?: number
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Ends what fetches the jars, when that is what it is doing. */
  readonly signal?: AbortSignal
}

export interface BrokerCommand {
  readonly argv: readonly string[]
  readonly cwd: string
  /** `127.0.0.1:port`, for `KAFKA_BROKERS`. */
  readonly brokers: string
  /** Whether this very broker, not another on its port, answers a metadata request. */
  ready(): Promise<boolean>
  /** To call when the process has ended: keeps the class archive it may have left, for quicker starts. */
  ended(): void
}

/** @throws BrokerError with one line that says why it cannot run */
export async function prepareBroker(options: BrokerOptions): Promise<BrokerCommand> {
  const { dataDir, heapMb = 512, env = process.env } = options
  const java = await findJava(env)
  const libs = await ensureJars(env, options.signal)
  const port = options.port || (await freePort())
  if (!(await bindable(port)))
    throw new BrokerError(`port ${port} on 127.0.0.1 is taken, Kafka cannot have it`, 'port')
  const ports = { port, controllerPort: options.controllerPort ?? (await freePort()) }
  writeProperties(dataDir, ports)
  const jvm = [java.command, '-XX:+UseSerialGC', '-XX:-UsePerfData', '-Djava.awt.headless=true']
  const classPath = ['-cp', join(libs, '*')]
  const clusterId = await ensureFormatted(dataDir, ports, (mainClass, args) =>
    runJava([...jvm, '-XX:TieredStopAtLevel=1', ...classPath, mainClass, ...args], dataDir),
  )
  const archive = classArchive(join(libs, `broker-${java.version}.jsa`))
  const brokers = `127.0.0.1:${port}`
  return {
    argv: [
      ...jvm,
      `-Xmx${heapMb}m`,
      ...QUIET_JAVA,
      ...LOGGING,
      archive.flag,
      ...classPath,
      'kafka.Kafka',
      'server.properties',
    ],
    cwd: dataDir,
    brokers,
    ready: async () => (await askClusterId(brokers)) === clusterId,
    ended: archive.keep,
  }
}

/** What Java itself has to say of its class archive is no news to anyone. */
const QUIET_JAVA = ['-Xlog:disable', '-Xlog:all=error:stderr']

const LOGGING = [
  'defaultLogLevel=warn',
  'showDateTime=true',
  "dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
].map((setting) => `-Dorg.slf4j.simpleLogger.${setting}`)

/**
 * Java's archive of loaded classes: with it the broker is ready in 1.0–1.3 s instead of 1.8–2.2. The first broker writes
 * it while it stops; Java itself checks that it fits, and starts without it when it does not.
 */
function classArchive(path: string): { flag: string; keep: () => void } {
  if (existsSync(path)) return { flag: `-XX:SharedArchiveFile=${path}`, keep: () => {} }
  const partial = `${path}.${crypto.randomUUID()}.partial`
  const keep = () => {
    if (!existsSync(path) && existsSync(partial)) renameSync(partial, path)
    if (!existsSync(path)) return
    const left = readdirSync(dirname(path)).filter((name) => name.endsWith('.partial'))
    for (const name of left) rmSync(join(dirname(path), name), { force: true })
  }
  return { flag: `-XX:ArchiveClassesAtExit=${partial}`, keep }
}

async function runJava(argv: readonly string[], cwd: string): Promise<string> {
  const child = Bun.spawn([...argv], { cwd, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' })
  const [out, error] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ])
  if ((await child.exited) === 0) return out
  const line = `${error}\n${out}`.split('\n').find((text) => text.trim() !== '') ?? 'it printed nothing'
  throw new BrokerError(`Kafka's storage could not be formatted: ${line}`, 'failed')
}
