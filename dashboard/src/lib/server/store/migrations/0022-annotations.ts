/** Notes that people add to a day of a site. */
import type { MigrationContext } from '../columns.ts'
import type { Migration } from '../migrate.ts'

export const annotations: Migration = { name: '0022-annotations', up }

async function up({ db, columns: { time } }: MigrationContext): Promise<void> {
  await db.schema
    .createTable('annotations')
    .addColumn('id', 'text', (column) => column.primaryKey())
    // Not a reference: an install without accounts has an organization that stands nowhere.
    .addColumn('organization_id', 'text', (column) => column.notNull())
    .addColumn('site_id', 'text', (column) => column.notNull())
    .addColumn('day', 'text', (column) => column.notNull())
    .addColumn('text', 'text', (column) => column.notNull())
    .addColumn('on_links', 'integer', (column) => column.notNull())
    .addColumn('created_by', 'text', (column) => column.notNull())
    .addColumn('author', 'text', (column) => column.notNull())
    .addColumn('created_at', time, (column) => column.notNull())
    .addColumn('updated_at', time, (column) => column.notNull())
    .execute()
  await db.schema
    .createIndex('annotations_of_day')
    .on('annotations')
    .columns(['organization_id', 'site_id', 'day'])
    .execute()
}
