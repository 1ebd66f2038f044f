/** The data folder: what rtpx keeps in it, and whether it will do. */
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  rmdirSync,
  rmSync,
  statfsSync,
} from 'node:fs'
import { join } from 'node:path'
import { StartError } from './start-error.ts'

/** Everything rtpx makes in RTPX_DATA; `clean` removes these and nothing else. */
const OWNED = [
  'aggregator',
  'clickhouse',
  'dashboard',
  'db-history',
  'edge',
  'kafka',
  'logs',
  'run',
  'secrets',
]

/** Makes the folder where needed. @throws StartError when it cannot be written or its disk is (nearly) full */
export function checkDataFolder(dataDir: string, minFreeMib: number): void {
  try {
    mkdirSync(dataDir, { recursive: true })
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw new StartError(`RTPX_DATA: ${dataDir} cannot be written (${(error as Error).message})`)
  }
  const free = freeMib(dataDir)
  if (free < minFreeMib)
    throw new StartError(
      `the disk of RTPX_DATA (${dataDir}) has ${free} MiB free, rtpx wants ${minFreeMib}: make room, or set MIN_FREE_MIB`,
    )
}

/** Whole MiB this user may still write there. */
export function freeMib(dataDir: string): number {
  const { bavail, bsize } = statfsSync(dataDir)
  return Math.floor((bavail * bsize) / 1024 ** 2)
}

/** Removes what rtpx made, and the folder when nothing else is in it. Returns what was left alone. */
export function removeData(dataDir: string): string[] {
  for (const name of OWNED) rmSync(join(dataDir, name), { recursive: true, force: true })
  if (!existsSync(dataDir)) return []
  const left = readdirSync(dataDir)
  if (left.length === 0) rmdirSync(dataDir)
  return left
}
