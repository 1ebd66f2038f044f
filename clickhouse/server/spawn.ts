/**
 * Starts the embedded ClickHouse as a process of its own, for the command line and for tests. It promises: it returns when
 * `/ping` answers, or throws what the process said; and a temporary data directory is gone after `stop()`.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface SpawnOptions {
  /** Absent: a temporary one, removed by `stop()`. */
  dataDirectory?: string
  /** 0 or absent: any free one. */
  port?: number
  /** More variables for the process, `CLICKHOUSE_PASSWORD` and the like. */
  environment?: Readonly<Record<string, string>>
  /** Milliseconds until a process that does not answer is given up. */
  timeoutMs?: number
}

export interface SpawnedClickHouse {
  url: string
  pid: number
  dataDirectory: string
  /** SIGTERM, or another signal; returns the exit code when the process is gone. */
  stop(signal?: NodeJS.Signals): Promise<number>
  /** Settles when the process is gone. */
  exited: Promise<number>
}

const URL_LINE = /clickhouse: (http:\S+)/

/** Spawns `main.ts` and waits until it serves. @throws Error with what the process wrote when it did not start */
export async function spawnClickHouse(options: SpawnOptions = {}): Promise<SpawnedClickHouse> {
  const dataDirectory = options.dataDirectory ?? mkdtempSync(join(tmpdir(), 'rtpx-clickhouse-'))
  const child = Bun.spawn([process.execPath, join(import.meta.dir, 'main.ts')], {
    env: {
      ...process.env,
      CLICKHOUSE_HOST: '127.0.0.1',
      RTPX_DATA: dataDirectory,
      CLICKHOUSE_PORT: String(options.port ?? 0),
      ...options.environment,
    },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const cleanUp = () => {
    if (!options.dataDirectory) rmSync(dataDirectory, { recursive: true, force: true })
  }
  let said = ''
  const listen = async (stream: ReadableStream<Uint8Array>) => {
    for await (const piece of stream) said = (said + Buffer.from(piece).toString()).slice(-65_536)
  }
  const heard = Promise.all([listen(child.stdout), listen(child.stderr)])
  const deadline = performance.now() + (options.timeoutMs ?? 60_000)
  for (;;) {
    const url = URL_LINE.exec(said)?.[1]
    const answers =
      url &&
      (await fetch(`${url}/ping`).then(
        (response) => response.ok,
        () => false,
      ))
    if (answers) {
      const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
        child.kill(signal)
        const code = await child.exited
        cleanUp()
        return code
      }
      return { url, pid: child.pid, dataDirectory, stop, exited: child.exited }
    }
    if (child.exitCode !== null || child.signalCode !== null || performance.now() > deadline) {
      child.kill('SIGKILL')
      await heard
      cleanUp()
      throw new Error(said.trim() || 'clickhouse said nothing and did not answer')
    }
    await Bun.sleep(5)
  }
}
