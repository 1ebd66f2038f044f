/**
 * A backup put back: the archive is checked, unpacked beside the data folder and moved in whole; what was there is kept beside it. Then, before
 * anything runs, the numbers are counted again from the events and compared.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { aggregatorVariables } from '@rtpx/aggregator/config'
import { scheduledJobs } from '@rtpx/aggregator/jobs/index'
import { type ClickHouse, connectClickHouse } from '@rtpx/clickhouse/client'
import { spawnClickHouse } from '@rtpx/clickhouse/server/spawn'
import { readSettings } from '@rtpx/clickhouse/settings'
import { Glob } from 'bun'
import { StartError } from '../start-error.ts'
import { orphans, trySupervise } from '../state.ts'
import { type Manifest, readManifest, unpack } from './archive.ts'
import { KEPT } from './stage.ts'

export interface RestoreReport {
  readonly manifest: Manifest
  /** Where what was there before is now; absent when there was nothing. */
  readonly replaced?: string
  /** Absent when nothing was counted. */
  readonly recount?: Recount
}

export interface Recount {
  readonly events: number
  readonly differences: number
  readonly lines: readonly string[]
}

export interface RestoreOptions {
  /** Whether data that is there is moved aside. */
  readonly replace: boolean
  /** How many of the newest days are counted again; 0: none. */
  readonly days: number
}

/** @throws StartError when rtpx is up, the archive is damaged, or data is there and not to be replaced; nothing is changed then */
export async function restore(
  file: string,
  dataDir: string,
  { replace, days }: RestoreOptions,
  now: number,
): Promise<RestoreReport> {
  const manifest = await readManifest(file)
  mkdirSync(dataDir, { recursive: true })
  const supervision = trySupervise(dataDir)
  if (!supervision || orphans(dataDir).length > 0)
    throw new StartError('rtpx is up: stop it first with `down`')
  const incoming = join(dataDir, 'run', `restore-${process.pid}`)
  try {
    const present = KEPT.filter((name) => existsSync(join(dataDir, name)))
    if (present.length > 0 && !replace)
      throw new StartError(`${dataDir} holds data (${present.join(', ')}): --replace moves it aside`)
    mkdirSync(incoming, { recursive: true, mode: 0o700 })
    await unpack(file, incoming)
    const replaced = join(dataDir, `replaced-${new Date(now).toISOString().replaceAll(':', '-')}`)
    if (present.length > 0) mkdirSync(replaced)
    for (const name of present) renameSync(join(dataDir, name), join(replaced, name))
    for (const name of manifest.folders) renameSync(join(incoming, name), join(dataDir, name))
    const recount =
      days > 0 && manifest.folders.includes('clickhouse') ? await recountRestored(dataDir, days) : undefined
    return { manifest, ...(present.length > 0 ? { replaced } : {}), ...(recount ? { recount } : {}) }
  } finally {
    rmSync(incoming, { recursive: true, force: true })
    supervision.release()
  }
}

/**
 * Counts again on the restored data alone: its doors to Kafka stay shut, or it would read what is another's. The block that ClickHouse was
 * at when it was held may stand in some tables and not yet in others; Kafka brings it again, whole, when everything runs.
 */
async function recountRestored(dataDir: string, days: number): Promise<Recount> {
  const flags = doorFlags(dataDir)
  for (const flag of flags) writeFileSync(flag, '')
  const server = await spawnClickHouse({
    dataDirectory: dataDir,
    environment: { CLICKHOUSE_PASSWORD: '', CLICKHOUSE_USER: 'default' },
  })
  const clickhouse = connectClickHouse({
    url: server.url,
    username: 'default',
    password: '',
    database: 'rtpx',
    requestTimeoutMs: 3_600_000,
  })
  try {
    return await recountDays(clickhouse, days)
  } finally {
    await clickhouse.close()
    await server.stop()
    for (const flag of flags) rmSync(flag, { force: true })
  }
}

/** Counts the newest days again from their events; changes no number. */
export async function recountDays(clickhouse: ClickHouse, days: number): Promise<Recount> {
  const settings = readSettings({ RECOUNT_DAYS: String(days) }, aggregatorVariables)
  const jobs = new Map(scheduledJobs({ ...settings }).map(({ job }) => [job.name, job]))
  // What the events of the last seconds had not reached yet.
  for (const name of ['facts', 'players', 'deposits']) await jobs.get(name)?.run(clickhouse, 0)
  const { rows = 0, lines = [] } = (await jobs.get('recount')?.run(clickhouse, 0)) ?? {}
  const [events] = await clickhouse.rows<{ events: number }>('SELECT count() AS events FROM events')
  return { events: events?.events ?? 0, differences: rows, lines }
}

/** The files that keep a table shut at the start of the engine, one beside the definition of each door. */
function doorFlags(dataDir: string): string[] {
  const engine = join(dataDir, 'clickhouse/engine')
  return [...new Glob('store/*/*/*.sql').scanSync({ cwd: engine })]
    .map((file) => join(engine, file))
    .filter((file) => /^ENGINE = Kafka$/m.test(readFileSync(file, 'utf8')))
    .map((file) => `${file}.detached`)
}
