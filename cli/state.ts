/**
 * What runs, on disk in `<RTPX_DATA>/run`: who holds the lock is the one supervisor, and `system.json` says what it
 * started. The lock goes with its process; the file may outlive it, and then names the orphans.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type FileLock, tryLock } from '@rtpx/kafka/broker/file-lock'
import { isAlive, type ProcessIdentity } from './process-identity.ts'

/** The parts that run as processes, in the order they are stopped: whoever writes goes before whom it writes to. */
export const STOP_ORDER = ['edge', 'aggregator', 'dashboard', 'clickhouse', 'kafka'] as const
export type PartName = (typeof STOP_ORDER)[number]

export interface PartState {
  readonly name: PartName
  /** Absent while it is down. */
  readonly process?: ProcessIdentity
  readonly status: 'starting' | 'ready' | 'down'
  readonly address: string
  /** ms since the epoch, when it was last started. */
  readonly since: number
  readonly restarts: number
}

export interface Urls {
  readonly edge: string
  readonly dashboard: string
  readonly clickhouse: string
  readonly aggregator: string
}

export interface SystemState {
  readonly supervisor: ProcessIdentity
  readonly phase: 'starting' | 'ready' | 'stopping'
  readonly queue: 'kafka' | 'direct'
  readonly brokers?: string
  readonly urls: Urls
  readonly parts: readonly PartState[]
}

const runFolder = (dataDir: string) => join(dataDir, 'run')
const stateFile = (dataDir: string) => join(runFolder(dataDir), 'system.json')

/** Becomes the one supervisor of the data folder, or returns undefined while another process is. */
export function trySupervise(dataDir: string): FileLock | undefined {
  mkdirSync(runFolder(dataDir), { recursive: true })
  return tryLock(join(runFolder(dataDir), 'up.lock'))
}

/** Only the holder of the lock writes. A reader sees the old or the new state, never a half. */
export function writeState(dataDir: string, state: SystemState): void {
  const partial = `${stateFile(dataDir)}.partial`
  writeFileSync(partial, JSON.stringify(state, null, 2))
  renameSync(partial, stateFile(dataDir))
}

export function clearState(dataDir: string): void {
  rmSync(stateFile(dataDir), { force: true })
}

/** What was last written, whether or not it still holds; undefined when nothing (or nothing readable) was. */
export function readState(dataDir: string): SystemState | undefined {
  try {
    return JSON.parse(readFileSync(stateFile(dataDir), 'utf8')) as SystemState
  } catch {
    return undefined
  }
}

/** The state, when its supervisor is alive. */
export function runningSystem(dataDir: string): SystemState | undefined {
  const state = readState(dataDir)
  return state && isAlive(state.supervisor) ? state : undefined
}

/** The parts that still run though their supervisor does not, in the order to stop them. */
export function orphans(dataDir: string): { name: PartName; process: ProcessIdentity }[] {
  const state = readState(dataDir)
  if (!state || isAlive(state.supervisor)) return []
  return STOP_ORDER.flatMap((name) => {
    const part = state.parts.find((found) => found.name === name)
    return part?.process && isAlive(part.process) ? [{ name, process: part.process }] : []
  })
}
