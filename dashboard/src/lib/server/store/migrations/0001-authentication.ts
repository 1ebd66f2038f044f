/** People and how they sign in, as better-auth wants its tables; a test asks it whether anything is missing. */
import type { CreateTableBuilder } from 'kysely'
import type { MigrationContext } from '../columns.ts'
import type { Migration } from '../migrate.ts'

export const authentication: Migration = { name: '0001-authentication', up }

async function up({ db, columns: { moment, flag, time } }: MigrationContext): Promise<void> {
  const table = (name: string) =>
    db.schema.createTable(name).addColumn('id', 'text', (column) => column.primaryKey())
  const dated = <Table extends string, Columns extends string>(builder: CreateTableBuilder<Table, Columns>) =>
    builder
      .addColumn('created_at', moment, (column) => column.notNull())
      .addColumn('updated_at', moment, (column) => column.notNull())

  await dated(table('users'))
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('email', 'text', (column) => column.notNull().unique())
    .addColumn('email_verified', flag, (column) => column.notNull())
    .addColumn('image', 'text')
    .addColumn('two_factor_enabled', flag)
    .execute()
  await dated(table('sessions'))
    .addColumn('token', 'text', (column) => column.notNull().unique())
    .addColumn('user_id', 'text', (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('ip_address', 'text')
    .addColumn('user_agent', 'text')
    .addColumn('expires_at', moment, (column) => column.notNull())
    .execute()
  await dated(table('credentials'))
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('provider_id', 'text', (column) => column.notNull())
    .addColumn('user_id', 'text', (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('access_token', 'text')
    .addColumn('refresh_token', 'text')
    .addColumn('id_token', 'text')
    .addColumn('access_token_expires_at', moment)
    .addColumn('refresh_token_expires_at', moment)
    .addColumn('scope', 'text')
    .addColumn('password', 'text')
    .addUniqueConstraint('credentials_of_provider', ['provider_id', 'account_id'])
    .execute()
  await dated(table('verifications'))
    .addColumn('identifier', 'text', (column) => column.notNull())
    .addColumn('value', 'text', (column) => column.notNull())
    .addColumn('expires_at', moment, (column) => column.notNull())
    .execute()
  await table('two_factors')
    .addColumn('user_id', 'text', (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('secret', 'text', (column) => column.notNull())
    .addColumn('backup_codes', 'text', (column) => column.notNull())
    .addColumn('verified', flag)
    .addColumn('failed_verification_count', 'integer')
    .addColumn('locked_until', moment)
    .execute()
  await table('rate_limits')
    .addColumn('key', 'text', (column) => column.notNull().unique())
    .addColumn('count', 'integer', (column) => column.notNull())
    .addColumn('last_request', time, (column) => column.notNull())
    .execute()
  for (const [name, on, column] of [
    ['sessions_of_user', 'sessions', 'user_id'],
    ['credentials_of_user', 'credentials', 'user_id'],
    ['verifications_by_identifier', 'verifications', 'identifier'],
    ['two_factors_of_user', 'two_factors', 'user_id'],
  ] as const)
    await db.schema.createIndex(name).on(on).column(column).execute()
}
