/** Organizations, who belongs to them with what rights, and what they gave out: invitations, keys, shared links. */
import { type MigrationContext, scopeColumns } from '../columns.ts'
import type { Migration } from '../migrate.ts'

export const teams: Migration = { name: '0002-teams', up }

async function up({ db, columns: { counter, time } }: MigrationContext): Promise<void> {
  const table = (name: string) =>
    db.schema.createTable(name).addColumn('created_at', time, (column) => column.notNull())
  const ofOrganization = (name: string) =>
    table(name).addColumn('organization_id', 'text', (column) =>
      column.notNull().references('organizations.id').onDelete('cascade'),
    )

  await table('installation')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('owner_id', 'text', (column) => column.notNull())
    .execute()
  await table('organizations')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .execute()
  await ofOrganization('organization_sites')
    .addColumn('site_id', 'text', (column) => column.primaryKey())
    .execute()
  await scopeColumns(ofOrganization('members'))
    .addColumn('user_id', 'text', (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('chosen_at', time, (column) => column.notNull())
    .addPrimaryKeyConstraint('members_key', ['organization_id', 'user_id'])
    .execute()
  await scopeColumns(ofOrganization('invitations'))
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('token_hash', 'text', (column) => column.notNull().unique())
    .addColumn('email', 'text', (column) => column.notNull())
    .addColumn('invited_by', 'text', (column) => column.notNull())
    .addColumn('expires_at', time, (column) => column.notNull())
    .addColumn('accepted_at', time)
    .execute()
  await scopeColumns(ofOrganization('api_keys'))
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('created_by', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('key_hash', 'text', (column) => column.notNull().unique())
    .addColumn('prefix', 'text', (column) => column.notNull())
    .addColumn('permissions', 'text', (column) => column.notNull())
    .addColumn('requests_per_minute', 'integer', (column) => column.notNull())
    .addColumn('expires_at', time)
    .addColumn('last_used_at', time)
    .addColumn('revoked_at', time)
    .execute()
  await ofOrganization('shared_links')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('created_by', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('site_id', 'text', (column) => column.notNull())
    .addColumn('page', 'text', (column) => column.notNull())
    .addColumn('locked', 'text', (column) => column.notNull())
    .addColumn('token_hash', 'text', (column) => column.notNull().unique())
    .addColumn('password_hash', 'text')
    .addColumn('embed', 'integer', (column) => column.notNull())
    .addColumn('frame_ancestors', 'text', (column) => column.notNull())
    .addColumn('banner_prefixes', 'text')
    .addColumn('expires_at', time)
    .addColumn('revoked_at', time)
    .execute()
  await db.schema
    .createTable('audit_log')
    .addColumn('id', counter, (column) => column.primaryKey())
    .addColumn('at', time, (column) => column.notNull())
    .addColumn('organization_id', 'text')
    .addColumn('user_id', 'text')
    .addColumn('actor', 'text', (column) => column.notNull())
    .addColumn('action', 'text', (column) => column.notNull())
    .addColumn('target', 'text', (column) => column.notNull())
    .addColumn('detail', 'text', (column) => column.notNull())
    .addColumn('ip_address', 'text', (column) => column.notNull())
    .execute()
  for (const [name, on, columns] of [
    ['members_of_user', 'members', ['user_id']],
    ['sites_of_organization', 'organization_sites', ['organization_id']],
    ['audit_of_organization', 'audit_log', ['organization_id', 'id']],
  ] as const)
    await db.schema
      .createIndex(name)
      .on(on)
      .columns([...columns])
      .execute()
}
