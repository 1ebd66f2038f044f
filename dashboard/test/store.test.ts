/** The application database does the same on SQLite and on a real Postgres. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore, type Store, type StoreTarget } from '#lib/server/store/database.ts'
import { migrateStore } from '#lib/server/store/migrate.ts'
import { MIGRATIONS } from '#lib/server/store/migrations/index.ts'
import { startPostgres, type TestPostgres } from './postgres.ts'

const NOW = Date.UTC(2026, 0, 2)
const folder = mkdtempSync(join(tmpdir(), 'rtpx-store-'))
const file = join(folder, 'dashboard/app.db')
let postgres: TestPostgres | undefined

beforeAll(async () => {
  postgres = await startPostgres()
}, 120_000)

afterAll(async () => {
  await postgres?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const someone = (id: string) => ({
  id,
  name: 'Ada',
  email: `${id}@brand.test`,
  email_verified: 0 as const,
  created_at: new Date(NOW).toISOString(),
  updated_at: new Date(NOW).toISOString(),
})

describe.each(['sqlite', 'postgres'] as const)('%s', (engine) => {
  const target = (): StoreTarget => ({ url: engine === 'postgres' ? (postgres?.url ?? '') : '', file })
  let store: Store

  beforeAll(async () => {
    // Two processes that start at once.
    const [first, second] = await Promise.all([openStore(target(), NOW), openStore(target(), NOW)])
    await second.close()
    store = first
  })

  afterAll(() => store?.close())

  const person = (id: string) =>
    engine === 'sqlite' ? someone(id) : { ...someone(id), email_verified: false }

  test('has every migration once, in the order of their numbers', async () => {
    const rows = await store.db
      .withTables<{ app_migrations: { name: string } }>()
      .selectFrom('app_migrations')
      .select('name')
      .orderBy('name')
      .execute()
    expect(rows.map(({ name }) => name)).toEqual(MIGRATIONS.map(({ name }) => name))
    const numbers = MIGRATIONS.map(({ name }) => Number(name.slice(0, 4)))
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b))
  })

  test('keeps times as numbers, and gives each row of the log the next number', async () => {
    const entry = { at: NOW, actor: 'Ada', action: 'test', target: '', detail: '{}', ip_address: '' }
    await store.db.insertInto('audit_log').values([entry, entry]).execute()
    const rows = await store.db.selectFrom('audit_log').select(['id', 'at']).orderBy('id').execute()
    expect(rows).toEqual([
      { id: 1, at: NOW },
      { id: 2, at: NOW },
    ])
  })

  test('refuses a member of no organization, and forgets a person with all that hangs on them', async () => {
    await store.db.insertInto('users').values(person('ada')).execute()
    const member = { user_id: 'ada', role: 'owner' as const, created_at: NOW, chosen_at: NOW }
    const add = store.db.insertInto('members').values({ ...member, organization_id: 'none' })
    expect(add.execute()).rejects.toThrow(/foreign key/i)
    await store.db
      .insertInto('organizations')
      .values({ id: 'brand', name: 'Brand', created_at: NOW })
      .execute()
    await store.db
      .insertInto('members')
      .values({ ...member, organization_id: 'brand' })
      .execute()
    await store.db.deleteFrom('users').where('id', '=', 'ada').execute()
    expect(await store.db.selectFrom('members').selectAll().execute()).toEqual([])
  })

  test('lets one of many take a row that there can be one of', async () => {
    const other = await openStore(target(), NOW)
    const claims = [store, other, store, other].map(({ db }, index) =>
      db.transaction().execute(async (transaction) => {
        const taken = await transaction.selectFrom('installation').select('owner_id').execute()
        if (taken.length > 0) return false
        const row = { id: 1 as const, owner_id: `user ${index}`, created_at: NOW }
        const { numInsertedOrUpdatedRows } = await transaction
          .insertInto('installation')
          .values(row)
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirstOrThrow()
        return numInsertedOrUpdatedRows === 1n
      }),
    )
    expect((await Promise.all(claims)).filter(Boolean)).toHaveLength(1)
    await other.close()
  })

  test('a migration that fails leaves nothing behind; a database of a newer version is refused', async () => {
    const next = {
      name: '9999-next',
      up: async ({ db }: { db: Store['db'] | unknown }) => {
        await (db as Store['db']).schema.createTable('half').addColumn('id', 'text').execute()
        throw new Error('no')
      },
    }
    expect(migrateStore(store.db, engine, [...MIGRATIONS, next], NOW)).rejects.toThrow('no')
    const tables = await store.db.introspection.getTables()
    expect(tables.map(({ name }) => name)).not.toContain('half')
    expect(migrateStore(store.db, engine, MIGRATIONS.slice(0, 1), NOW)).rejects.toThrow(
      `newer version: it has migration ${MIGRATIONS[1]?.name}`,
    )
  })
})

test('nobody else on the machine may read the file', () => {
  expect(existsSync(file)).toBe(true)
  expect((statSync(file).mode & 0o777).toString(8)).toBe('600')
  expect((statSync(join(folder, 'dashboard')).mode & 0o777).toString(8)).toBe('700')
})
