/** Load on one address: as many connections as asked for, each sending its next pixel when it has the last one's answer. */
import { join } from 'node:path'
import { startChild } from '../measure/child.ts'
import type { Cleanup } from '../measure/cleanup.ts'

export interface LoadOptions {
  readonly port: number
  readonly connections: number
  readonly seconds: number
  readonly core: number
  readonly logFile: string
}

export interface LoadResult {
  /** Answers a second, errors left out. */
  readonly rate: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Answers that were no 2xx, and connections that failed. */
  readonly errors: number
}

export const hasWrk = Bun.which('wrk') !== null

/** wrk where it is installed, else a generator in Bun. @throws when it says nothing */
export async function load(options: LoadOptions, cleanup: Cleanup): Promise<LoadResult> {
  const { port, connections, seconds, core, logFile } = options
  const command = hasWrk
    ? [
        'wrk',
        '-t1',
        `-c${connections}`,
        `-d${seconds}s`,
        '--latency',
        '--timeout=5s',
        `--script=${join(import.meta.dir, 'pixels.lua')}`,
        `http://127.0.0.1:${port}`,
      ]
    : [
        process.execPath,
        join(import.meta.dir, 'generator.ts'),
        String(port),
        String(connections),
        String(seconds),
      ]
  const child = startChild({ command, core, logFile }, cleanup)
  await child.exited
  const line = child.output().match(/^RESULT (.*)$/m)?.[1]
  if (!line) throw new Error(`the load generator failed: ${child.output().trim().slice(-500)}`)
  return JSON.parse(line) as LoadResult
}
