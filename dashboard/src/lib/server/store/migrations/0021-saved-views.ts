/** Views of pages that people keep under a name. */
import type { MigrationContext } from '../columns.ts'
import type { Migration } from '../migrate.ts'

export const savedViews: Migration = { name: '0021-saved-views', up }

async function up({ db, columns: { time } }: MigrationContext): Promise<void> {
  await db.schema
    .createTable('saved_views')
    .addColumn('id', 'text', (column) => column.primaryKey())
    // Not a reference: an install without accounts has an organization that stands nowhere.
    .addColumn('organization_id', 'text', (column) => column.notNull())
    .addColumn('created_by', 'text', (column) => column.notNull())
    .addColumn('created_at', time, (column) => column.notNull())
    .addColumn('updated_at', time, (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('shared', 'integer', (column) => column.notNull())
    .addColumn('site_id', 'text', (column) => column.notNull())
    .addColumn('page', 'text', (column) => column.notNull())
    .addColumn('search', 'text', (column) => column.notNull())
    .execute()
  await db.schema
    .createIndex('saved_views_of_organization')
    .on('saved_views')
    .column('organization_id')
    .execute()
}
