/** Whether the schema is that of this version. Apart, because it reads the files of the migrations. */
import type { ClickHouse } from '../client.ts'
import { MigrationError, pendingMigrations } from '../migrator.ts'
import { readMigrations } from '../schema.ts'
import { type Check, checkOf, reasonOf } from './check.ts'

/** Never throws. */
export async function checkMigrations(clickhouse: ClickHouse): Promise<Check> {
  const { ok, bad, unknown } = checkOf('migrations', 'Migrations')
  const advice = 'run the migrations (`up` does, or `bun clickhouse/migrate.ts`)'
  try {
    const [all, ran] = await Promise.all([
      readMigrations(),
      clickhouse.rows<{ name: string; checksum: string }>('SELECT name, checksum FROM schema_migrations'),
    ])
    const pending = pendingMigrations(all, ran)
    return pending.length === 0
      ? ok(`all ${all.length} have run`)
      : bad(`${pending.length} have not run: ${pending.map(({ name }) => name).join(', ')}`, advice)
  } catch (error) {
    if (error instanceof MigrationError)
      return bad(reasonOf(error), 'run the version of rtpx that fits this data')
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    // 60 UNKNOWN_TABLE, 81 UNKNOWN_DATABASE
    if (code === '60' || code === '81') return bad('have never run here', advice)
    return unknown(`could not be looked at (${reasonOf(error)})`)
  }
}
