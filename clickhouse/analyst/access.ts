/**
 * Keeps ClickHouse's own access rights as people's SQL needs them; run with every migration, because a migration may have
 * made a view anew.
 *
 * - Each listed view reads its tables with the rights of rtpx's own user, so that a person needs none on the tables.
 * - The role `rtpx_sql` may read the listed views and nothing else. The embedded server has it in its configuration; on a
 *   ClickHouse server it is made here, with its limits and its quota.
 */
import { type ClickHouse, identifier } from '../client.ts'
import { withLock } from '../lock.ts'
import { SQL_AT_ONCE, SQL_LIMITS } from './scope.ts'
import { ANALYST_VIEWS, SQL_ROLE } from './views.ts'

/** ACCESS_DENIED, NOT_IMPLEMENTED, UNKNOWN_ROLE, ACCESS_STORAGE_FOR_INSERTION_NOT_FOUND, ACCESS_STORAGE_READONLY */
const MAY_NOT = new Set(['497', '48', '511', '514', '495'])

export interface SqlAccess {
  /** Whether people can have SQL on this ClickHouse. */
  readonly ready: boolean
  /** Why not, for the log. */
  readonly reason: string
}

/** Makes the rights as they should be. @param cluster name of the cluster, or empty */
export async function ensureSqlAccess(clickhouse: ClickHouse, cluster: string): Promise<SqlAccess> {
  // Only who finds something to do takes the lock: several processes migrate at once.
  if ((await viewsToMend(clickhouse)).length > 0)
    await withLock(clickhouse, 'sql_access_lock', () => readWithOwnRights(clickhouse))
  if (await roleIsConfigured(clickhouse)) return { ready: true, reason: '' }
  try {
    const [{ database } = { database: '' }] = await clickhouse.rows<{ database: string }>(
      'SELECT currentDatabase() AS database',
    )
    for (const statement of roleStatements(database, cluster)) await clickhouse.plain(statement)
    return { ready: true, reason: '' }
  } catch (error) {
    if (!MAY_NOT.has(String((error as { code?: string }).code))) throw error
    return {
      ready: false,
      reason: `SQL for people is off: the ClickHouse user may not make roles (${(error as Error).message.slice(0, 200)})`,
    }
  }
}

function viewsToMend(clickhouse: ClickHouse): Promise<{ name: string }[]> {
  return clickhouse.rows<{ name: string }>(
    `SELECT name FROM system.tables
     WHERE database = currentDatabase() AND engine = 'View' AND name IN {views:Array(String)}
       AND NOT match(create_table_query, concat('DEFINER = .?', currentUser(), '.? SQL SECURITY DEFINER'))`,
    { views: [...ANALYST_VIEWS] },
  )
}

async function readWithOwnRights(clickhouse: ClickHouse): Promise<void> {
  for (const { name } of await viewsToMend(clickhouse))
    await clickhouse.command(
      `ALTER TABLE ${identifier(name)} MODIFY DEFINER = CURRENT_USER SQL SECURITY DEFINER`,
    )
}

/** Whether the role stands in the server's configuration, as it does on the embedded one. */
export async function roleIsConfigured(clickhouse: ClickHouse): Promise<boolean> {
  const [found] = await clickhouse
    .rows<{ configured: number }>(
      `SELECT count() > 0 AS configured FROM system.roles WHERE name = {role:String} AND storage = 'users_xml'`,
      { role: SQL_ROLE },
    )
    .catch((error) => {
      if (MAY_NOT.has(String(error.code))) return []
      throw error
    })
  return Boolean(found?.configured)
}

/** The role, its limits and its quota on a ClickHouse server. Each statement is safe to repeat. */
export function roleStatements(database: string, cluster: string): string[] {
  const on = cluster === '' ? '' : ` ON CLUSTER '${cluster}'`
  const { seconds, memoryBytes, rowsRead, resultRows, resultBytes } = SQL_LIMITS
  return [
    `CREATE ROLE IF NOT EXISTS ${SQL_ROLE}${on}`,
    ...ANALYST_VIEWS.map((view) => `GRANT${on} SELECT ON ${identifier(database)}.${view} TO ${SQL_ROLE}`),
    `CREATE SETTINGS PROFILE IF NOT EXISTS ${SQL_ROLE}${on} SETTINGS readonly = 1, max_execution_time = ${seconds}, ` +
      `max_memory_usage = ${memoryBytes}, max_rows_to_read = ${rowsRead}, max_result_rows = ${resultRows}, ` +
      `max_result_bytes = ${resultBytes}, max_threads = 2, max_concurrent_queries_for_user = ${SQL_AT_ONCE}`,
    `CREATE QUOTA IF NOT EXISTS ${SQL_ROLE}${on} KEYED BY user_name FOR INTERVAL 1 hour MAX queries = 5000, ` +
      `execution_time = 3600 TO ${SQL_ROLE}`,
    // With it rtpx's own user can run a person's statement under the role.
    `GRANT${on} ${SQL_ROLE} TO CURRENT_USER`,
  ]
}
