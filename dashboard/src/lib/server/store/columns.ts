/** Column types that SQLite and Postgres write differently, and the columns that several tables share. */
import { type CreateTableBuilder, type Kysely, type RawBuilder, sql } from 'kysely'

export type Engine = 'sqlite' | 'postgres'

/** What a migration gets. Its rows are not typed: the tables of its day may look otherwise now. */
export interface MigrationContext {
  readonly db: Kysely<unknown>
  readonly columns: Columns
}

export interface Columns {
  /** A key that counts up by itself. */
  readonly counter: RawBuilder<unknown>
  /** Milliseconds since 1970. */
  readonly time: RawBuilder<unknown>
  /** A moment, and a yes or no, of better-auth. */
  readonly moment: RawBuilder<unknown>
  readonly flag: RawBuilder<unknown>
}

export const columnsOf = (engine: Engine): Columns =>
  engine === 'sqlite'
    ? { counter: sql`integer`, time: sql`integer`, moment: sql`text`, flag: sql`integer` }
    : { counter: sql`bigserial`, time: sql`bigint`, moment: sql`timestamptz`, flag: sql`boolean` }

/** `role`, `site_ids` and `banner_prefixes`: see `Scope` in tables.ts. */
export const scopeColumns = <Table extends string, Columns extends string>(
  table: CreateTableBuilder<Table, Columns>,
) =>
  table
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('site_ids', 'text')
    .addColumn('banner_prefixes', 'text')
