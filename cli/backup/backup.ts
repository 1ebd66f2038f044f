/**
 * A backup of everything rtpx keeps on this machine, consistent to the instant, while it runs: Kafka, ClickHouse, aggregator and dashboard are
 * held still for the moment of copying; the edge goes on, its spool takes what comes. What was acknowledged before is in the backup.
 */
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { UpSettings } from '../config.ts'
import { freeMib } from '../data-folder.ts'
import { StartError } from '../start-error.ts'
import { orphans, runningSystem, trySupervise } from '../state.ts'
import { type Manifest, pack } from './archive.ts'
import { whileFrozen } from './frozen.ts'
import { KEPT, stage } from './stage.ts'

const HELD = ['aggregator', 'dashboard', 'clickhouse', 'kafka']

export interface BackupReport {
  readonly manifest: Manifest
  readonly files: number
  readonly linked: number
  /** How long numbers stood still; 0 when rtpx was down. */
  readonly heldMs: number
}

/** @param file the archive to write. @throws StartError when it cannot be made; nothing is left then */
export async function backUp(
  settings: UpSettings,
  version: string,
  file: string,
  now: number,
): Promise<BackupReport> {
  const dataDir = settings.RTPX_DATA
  if (!existsSync(dataDir)) throw new StartError(`there is nothing to back up: ${dataDir} is not there`)
  if (existsSync(file)) throw new StartError(`${file} is there already`)
  const running = runningSystem(dataDir)
  if (running && running.phase !== 'ready')
    throw new StartError(`rtpx is ${running.phase}; try again in a moment`)
  // Nobody may start it meanwhile, and what a killed `up` left running writes.
  const supervision = running ? undefined : trySupervise(dataDir)
  if (!running && (!supervision || orphans(dataDir).length > 0))
    throw new StartError('rtpx is starting, or a killed `up` left parts: `down` stops them')
  const folders = KEPT.filter((name) => existsSync(join(dataDir, name)))
  const staging = join(dataDir, 'run', `backup-${process.pid}`)
  const processes = (running?.parts ?? [])
    .filter(({ name }) => HELD.includes(name))
    .flatMap((part) => part.process ?? [])
  try {
    mkdirSync(staging, { recursive: true, mode: 0o700 })
    const { result, heldMs } = await whileFrozen(processes, () => stage(dataDir, folders, staging))
    const manifest: Manifest = { format: 1, rtpx: version, at: now, folders, elsewhere: elsewhere(settings) }
    await pack(staging, manifest, file)
    return { manifest, ...result, heldMs: processes.length > 0 ? heldMs : 0 }
  } catch (error) {
    const free = freeMib(dataDir)
    throw free < settings.MIN_FREE_MIB ? new StartError(`the disk has only ${free} MiB free`) : error
  } finally {
    rmSync(staging, { recursive: true, force: true })
    supervision?.release()
  }
}

/** What this install keeps on other servers, with how it is backed up there. */
function elsewhere({ CLICKHOUSE_URL, KAFKA_BROKERS }: UpSettings): string[] {
  return [
    ...(CLICKHOUSE_URL ? [`ClickHouse at ${CLICKHOUSE_URL}: BACKUP DATABASE, see docs/scale.md`] : []),
    ...(KAFKA_BROKERS.length > 0
      ? [`Kafka at ${KAFKA_BROKERS.join(',')}: what ClickHouse has not read yet is there`]
      : []),
    ...(process.env.DATABASE_URL ? ['accounts and what people saved, in Postgres: pg_dump'] : []),
  ]
}
