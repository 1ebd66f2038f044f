/** The schema as files: the numbered migrations and the door to Kafka. */
import { readdir } from 'node:fs/promises'
import { ensureSqlAccess } from './analyst/access.ts'
import { type ClickHouse, type ClickHouseOptions, connectClickHouse } from './client.ts'
import { ensureDatabase, type Migration, migrate } from './migrator.ts'
import { ensureQueue, type QueueOptions } from './queue.ts'
import { ensureServerKey } from './server-key.ts'

/** Every migration of `migrations/`, in order. @throws when a file's name has no four-digit number or a number is used twice */
export async function readMigrations(folder = `${import.meta.dir}/migrations`): Promise<Migration[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort()
  const numbers = new Set<string>()
  for (const file of files) {
    const number = /^(\d{4})_[a-z0-9_]+\.sql$/.exec(file)?.[1]
    if (!number || numbers.has(number))
      throw new Error(`${file}: a migration is named 0001_subject.sql, each number once`)
    numbers.add(number)
  }
  return Promise.all(
    files.map(async (file) => ({ name: file.slice(0, -4), sql: await Bun.file(`${folder}/${file}`).text() })),
  )
}

/**
 * Makes the database, its tables, the door to Kafka the install's server key and the rights of people's SQL as this version wants them.
 * @param dataDir the install's data folder, which keeps the key
 * @returns the migrations that ran, what happened to the door, and whether people can have SQL
 */
export async function ensureSchema(connection: ClickHouseOptions, queue: QueueOptions, dataDir: string) {
  const server = connectClickHouse({ ...connection, database: 'default' })
  try {
    await ensureDatabase(server, connection.database)
  } finally {
    await server.close()
  }
  const clickhouse: ClickHouse = connectClickHouse({ ...connection, requestTimeoutMs: 120_000 })
  try {
    const ran = await migrate(clickhouse, await readMigrations())
    const door = await ensureQueue(clickhouse, await Bun.file(`${import.meta.dir}/queue.sql`).text(), queue)
    await ensureServerKey(clickhouse, dataDir)
    const sql = await ensureSqlAccess(clickhouse, connection.cluster ?? '')
    return { ran, door, sql }
  } finally {
    await clickhouse.close()
  }
}
