/** Statements people keep, and boards whose tiles are such statements. */
import type { MigrationContext } from '../columns.ts'
import type { Migration } from '../migrate.ts'

export const queries: Migration = { name: '0003-queries', up }

async function up({ db, columns: { time } }: MigrationContext): Promise<void> {
  const ofPerson = (name: string) =>
    db.schema
      .createTable(name)
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('organization_id', 'text', (column) => column.notNull())
      .addColumn('created_by', 'text', (column) => column.notNull())
      .addColumn('created_at', time, (column) => column.notNull())
      .addColumn('updated_at', time, (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('shared', 'integer', (column) => column.notNull())
  await ofPerson('saved_queries')
    .addColumn('sql', 'text', (column) => column.notNull())
    .addColumn('place_values', 'text', (column) => column.notNull())
    .addColumn('drawing', 'text', (column) => column.notNull())
    .execute()
  await ofPerson('boards').execute()
  await db.schema
    .createTable('board_tiles')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('board_id', 'text', (column) => column.notNull().references('boards.id').onDelete('cascade'))
    .addColumn('query_id', 'text', (column) =>
      column.notNull().references('saved_queries.id').onDelete('cascade'),
    )
    .addColumn('position', 'integer', (column) => column.notNull())
    .addColumn('wide', 'integer', (column) => column.notNull())
    .execute()
  for (const table of ['saved_queries', 'boards'])
    await db.schema.createIndex(`${table}_of_organization`).on(table).column('organization_id').execute()
  await db.schema.createIndex('board_tiles_of_board').on('board_tiles').column('board_id').execute()
}
