/** Segments of players that people saved. */
import type { MigrationContext } from '../columns.ts'
import type { Migration } from '../migrate.ts'

export const segments: Migration = { name: '0020-segments', up }

async function up({ db, columns: { time } }: MigrationContext): Promise<void> {
  await db.schema
    .createTable('segments')
    .addColumn('id', 'text', (column) => column.primaryKey())
    // Not a reference: an install without accounts has an organization that stands nowhere.
    .addColumn('organization_id', 'text', (column) => column.notNull())
    .addColumn('site_id', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('definition', 'text', (column) => column.notNull())
    .addColumn('created_by', 'text', (column) => column.notNull())
    .addColumn('created_at', time, (column) => column.notNull())
    .addColumn('updated_at', time, (column) => column.notNull())
    .execute()
  await db.schema
    .createIndex('segments_of_organization')
    .on('segments')
    .columns(['organization_id', 'site_id'])
    .execute()
}
