/** Load on one address: as many connections as asked for, each sending its next pixel when it has the last one's answer. */
import { join } from 'node:path'
import { startChild } from '../measure/child.ts'
import type { Cleanup } from '../measure/cleanup.ts'

export interface LoadOptions {
  readonly port: number
  readonly connections: number
  readonly seconds: number
  /** The core the load is bound to; absent: any. */
  readonly core?: number
  readonly logFile: string
  /** Events of one request: batches are posted. Absent: pixels are asked for. */
  readonly batch?: number
}

export interface LoadResult {
  /** Answers (of batches: events in them) a second, errors left out. */
  readonly rate: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly p999Ms: number
  /** Answers that were no 2xx, and connections that failed. */
  readonly errors: number
  /** The share of a core that the generator in Bun took: near 1, it was the limit. Absent with wrk. */
  readonly busy?: number
}

export const hasWrk = Bun.which('wrk') !== null

/** wrk where it is installed, else a generator in Bun. @throws when it says nothing */
export async function load(options: LoadOptions, cleanup: Cleanup): Promise<LoadResult> {
  const { core, logFile } = options
  const command = hasWrk ? wrkCommand(options) : generatorCommand(options)
  const child = startChild({ command, ...(core !== undefined && { core }), logFile }, cleanup)
  await child.exited
  return readResult(child.output(), options.batch)
}

/** What the load tells in its line of JSON. @throws with what it said instead */
export function readResult(output: string, batch = 1): LoadResult {
  const line = output.match(/^RESULT (.*)$/m)?.[1]
  if (!line) throw new Error(`the load generator failed: ${output.trim().slice(-500)}`)
  const result = JSON.parse(line) as LoadResult
  return { ...result, rate: result.rate * batch }
}

function wrkCommand({ port, connections, seconds, batch }: LoadOptions): string[] {
  return [
    'wrk',
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '--latency',
    '--timeout=5s',
    `--script=${join(import.meta.dir, 'load.lua')}`,
    `http://127.0.0.1:${port}`,
    ...(batch === undefined ? [] : ['--', String(batch)]),
  ]
}

function generatorCommand({ port, connections, seconds, batch }: LoadOptions): string[] {
  const numbers = [port, connections, seconds, ...(batch === undefined ? [] : [batch])]
  return [process.execPath, join(import.meta.dir, 'generator.ts'), ...numbers.map(String)]
}
