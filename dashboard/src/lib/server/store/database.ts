/**
 * Opens the application database: accounts, teams and what people save. One file of SQLite in the data folder, or
 * Postgres when there is an address. Writers of SQLite take turns: a transaction takes the write lock as it begins, so
 * that none fails half-way because another wrote meanwhile.
 */
import { Database } from 'bun:sqlite'
import { chmodSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { CompiledQuery, type DatabaseConnection, Kysely, PostgresDialect } from 'kysely'
import { BunSqliteDialect } from 'kysely-bun-sqlite'
import pg from 'pg'
import type { Engine } from './columns.ts'
import { migrateStore } from './migrate.ts'
import { MIGRATIONS } from './migrations/index.ts'
import type { Tables } from './tables.ts'

export interface Store {
  readonly db: Kysely<Tables>
  readonly engine: Engine
  close(): Promise<void>
}

/** Where it is. */
export interface StoreTarget {
  /** Address of a Postgres; empty: the file. */
  readonly url: string
  readonly file: string
}

/** SQLite waits for another writer with the whole process, so it does briefly; a transaction asks again. */
const BUSY_MS = 250
const BEGIN_TRIES = 20
const POOL_SIZE = 10
const INT8 = 20

/** Opens the database and brings its schema up to date. @throws what the driver or a migration throws */
export async function openStore({ url, file }: StoreTarget, now: number): Promise<Store> {
  const engine = url ? 'postgres' : 'sqlite'
  const db = new Kysely<Tables>({ dialect: url ? postgres(url) : sqlite(file) })
  try {
    await migrateStore(db, engine, MIGRATIONS, now)
  } catch (error) {
    await db.destroy()
    throw error
  }
  return { db, engine, close: () => db.destroy() }
}

class WritersTakeTurns extends BunSqliteDialect {
  override createDriver() {
    const driver = super.createDriver()
    driver.beginTransaction = async (connection: DatabaseConnection) => {
      for (let tries = 1; ; tries++)
        try {
          await connection.executeQuery(CompiledQuery.raw('begin immediate'))
          return
        } catch (error) {
          if ((error as { code?: string }).code !== 'SQLITE_BUSY' || tries === BEGIN_TRIES) throw error
          await Bun.sleep(tries)
        }
    }
    return driver
  }
}

/** It holds hashes of passwords and keys: nobody else on the machine may read it. */
function sqlite(file: string): BunSqliteDialect {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const database = new Database(file, { create: true })
  chmodSync(file, 0o600)
  for (const pragma of [`busy_timeout = ${BUSY_MS}`, 'journal_mode = wal', 'foreign_keys = on'])
    database.run(`pragma ${pragma}`)
  return new WritersTakeTurns({ database })
}

function postgres(connectionString: string): PostgresDialect {
  // Times are whole numbers below 2^53; pg would give them as texts.
  const types: pg.CustomTypesConfig = {
    getTypeParser: (oid, format) => (oid === INT8 ? Number : pg.types.getTypeParser(oid, format)),
  }
  const pool = new pg.Pool({ connectionString, max: POOL_SIZE, types })
  // An idle connection that Postgres closes, as when it restarts, is replaced at the next question; unheard it would end the process.
  pool.on('error', () => {})
  return new PostgresDialect({ pool })
}
