/**
 * Brings the application database to the newest schema: forward only, each migration once, all of them or none. Two
 * processes that start at once wait for each other. A database that knows migrations this version does not is refused,
 * untouched: an older version would misread it.
 */
import { type Kysely, sql } from 'kysely'
import { columnsOf, type Engine, type MigrationContext } from './columns.ts'

export interface Migration {
  /** Number and subject: `0002-segments`. Applied in this order, never changed once landed. */
  readonly name: string
  up(context: MigrationContext): Promise<void>
}

/** Any number that no other program locks in the same Postgres. */
const LOCK = 7_278_880_001

interface Applied {
  app_migrations: { name: string; applied_at: number }
}

/** @throws Error for a database of a newer version, or what a migration or the driver throws; nothing is changed then */
export async function migrateStore<Any>(
  database: Kysely<Any>,
  engine: Engine,
  migrations: readonly Migration[],
  now: number,
): Promise<void> {
  const columns = columnsOf(engine)
  await (database as unknown as Kysely<Applied>).transaction().execute(async (db) => {
    if (engine === 'postgres') await sql`select pg_advisory_xact_lock(${LOCK})`.execute(db)
    await db.schema
      .createTable('app_migrations')
      .ifNotExists()
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('applied_at', columns.time, (column) => column.notNull())
      .execute()
    const rows = await db.selectFrom('app_migrations').select('name').execute()
    const applied = new Set(rows.map(({ name }) => name))
    const unknown = [...applied].find((name) => !migrations.some((migration) => migration.name === name))
    if (unknown)
      throw new Error(`the application database is of a newer version: it has migration ${unknown}`)
    for (const { name, up } of migrations) {
      if (applied.has(name)) continue
      await up({ db: db as unknown as Kysely<unknown>, columns })
      await db.insertInto('app_migrations').values({ name, applied_at: now }).execute()
    }
  })
}
