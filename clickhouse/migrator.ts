/**
 * Brings a database to the newest schema.
 *
 * - A migration runs once, in order of its number; what ran is recorded with its checksum in `schema_migrations`.
 * - A recorded migration whose text changed, or which is gone, stops everything before anything runs. One that is newer than all
 *   that are here is another matter: this version was put back, and what it knows is still there (migrations only add).
 * - Two processes may migrate at once: one works, the other waits and then finds nothing to do.
 * - Killed half-way, a migration runs again from its start: every statement of one is safe to repeat.
 */
import { type ClickHouse, identifier } from './client.ts'
import { withLock } from './lock.ts'
import { splitStatements } from './statements.ts'

export interface Migration {
  /** File name without `.sql`: `0002_events`. */
  readonly name: string
  readonly sql: string
}

interface Recorded {
  readonly name: string
  readonly checksum: string
}

export class MigrationError extends Error {
  override readonly name = 'MigrationError'
}

/** What a migration's text is remembered by: SHA-256 in hex. */
export function checksumOf(text: string): string {
  return new Bun.CryptoHasher('sha256').update(text).digest('hex')
}

/**
 * Runs what has not run yet.
 * @param clickhouse connected to `database`, which is made when missing through `admin`
 * @returns names of the migrations this call ran
 * @throws MigrationError when history was edited or a statement fails
 */
export async function migrate(clickhouse: ClickHouse, migrations: readonly Migration[]): Promise<string[]> {
  await clickhouse.command(`
    CREATE TABLE IF NOT EXISTS schema_migrations
    (
      name       String COMMENT 'The migration',
      checksum   String COMMENT 'SHA-256 of its text',
      applied_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When it had run'
    )
    ENGINE = MergeTree ORDER BY name COMMENT 'The migrations that ran'`)
  return withLock(clickhouse, 'schema_migrations_lock', async () => {
    const pending = pendingMigrations(migrations, await recorded(clickhouse))
    for (const migration of pending) {
      await run(clickhouse, migration)
      await record(clickhouse, migration)
    }
    return pending.map(({ name }) => name)
  })
}

/** Creates the database when it is missing. @param server connected to a database that exists, such as `default` */
export async function ensureDatabase(server: ClickHouse, database: string): Promise<void> {
  await server.command(`CREATE DATABASE IF NOT EXISTS ${identifier(database)}`)
}

/** Which migrations are still to run. @throws MigrationError when what ran and what is here do not agree */
export function pendingMigrations(migrations: readonly Migration[], ran: readonly Recorded[]): Migration[] {
  const texts = new Map(migrations.map(({ name, sql }) => [name, sql]))
  const last = [...texts.keys()].sort().at(-1) ?? ''
  for (const { name, checksum } of ran) {
    const sql = texts.get(name)
    if (sql === undefined && name > last && migrations.length > 0) continue
    if (sql === undefined)
      throw new MigrationError(`${name} ran here but is not in this version of rtpx: upgrade it`)
    if (checksumOf(sql) !== checksum)
      throw new MigrationError(`${name} was edited after it ran: undo the edit and write a new migration`)
  }
  const done = new Set(ran.map(({ name }) => name))
  const pending = migrations.filter(({ name }) => !done.has(name))
  const newest = [...done]
    .filter((name) => texts.has(name))
    .sort()
    .at(-1)
  const late = pending.find(({ name }) => newest !== undefined && name < newest)
  if (late)
    throw new MigrationError(
      `${late.name} comes before ${newest}, which already ran: give it a higher number`,
    )
  return pending
}

async function recorded(clickhouse: ClickHouse): Promise<Recorded[]> {
  return clickhouse.rows<Recorded>('SELECT name, checksum FROM schema_migrations ORDER BY name')
}

async function run(clickhouse: ClickHouse, { name, sql }: Migration): Promise<void> {
  for (const statement of splitStatements(sql)) {
    try {
      await clickhouse.command(statement)
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new MigrationError(`${name}: ${reason}\nin: ${statement.slice(0, 200)}`, { cause })
    }
  }
}

async function record(clickhouse: ClickHouse, { name, sql }: Migration): Promise<void> {
  await clickhouse.command(
    'INSERT INTO schema_migrations (name, checksum) VALUES ({name:String}, {checksum:String})',
    { name, checksum: checksumOf(sql) },
  )
}
