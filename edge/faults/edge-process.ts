/** The real edge as a child process, on a port it keeps over restarts. What it logs goes to `edge.log` beside its data. */
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { HEAP_ENVIRONMENT } from '../heap.ts'

export interface EdgeProcess {
  readonly port: number
  readonly pid: number
  /** Its exit code, when it has ended; null when a signal ended it. */
  readonly exited: Promise<number | null>
  kill(signal: NodeJS.Signals): void
  /** The sum over all labels of a metric; 0 while it has none. @throws when the edge does not answer */
  metric(name: string): Promise<number>
}

const READY_MS = 30_000
const MAIN = join(import.meta.dir, '../main.ts')

/**
 * Starts an edge and waits until it takes events.
 * @param environment its settings; the rest of the environment is this process's
 */
export async function spawnEdge(
  port: number,
  dataDir: string,
  environment: Readonly<Record<string, string>>,
): Promise<EdgeProcess> {
  mkdirSync(dataDir, { recursive: true })
  const log = openSync(join(dataDir, 'edge.log'), 'a')
  const child = Bun.spawn([process.execPath, MAIN], {
    env: {
      ...process.env,
      ...HEAP_ENVIRONMENT,
      EDGE_HOST: '127.0.0.1',
      EDGE_PORT: String(port),
      RTPX_DATA: dataDir,
      ...environment,
    },
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  const exited = child.exited.then(() => child.exitCode)
  const url = `http://127.0.0.1:${port}`
  const deadline = performance.now() + READY_MS
  while (!(await isReady(url))) {
    if (child.exitCode !== null || performance.now() > deadline) {
      child.kill('SIGKILL')
      throw new Error(`the edge did not start; see ${dataDir}/edge.log`)
    }
    await Bun.sleep(10)
  }
  return {
    port,
    pid: child.pid,
    exited,
    kill: (signal) => child.kill(signal),
    metric: (name) => metricOf(url, name),
  }
}

async function isReady(url: string): Promise<boolean> {
  return fetch(`${url}/health`).then(
    ({ ok }) => ok,
    () => false,
  )
}

/** The sum over all labels of an edge's metric; 0 while it has none. @throws when the edge does not answer */
export const metricOf = async (url: string, name: string): Promise<number> =>
  sumOf(name, await (await fetch(`${url}/metrics`)).text())

/** Adds up the samples of one metric in Prometheus' text format. */
function sumOf(name: string, text: string): number {
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
}
