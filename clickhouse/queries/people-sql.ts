/** What the page for people's SQL asks about the tables and about statements that run. */
import { ANALYST_VIEWS } from '../analyst/views.ts'
import type { ClickHouse } from '../client.ts'

export interface ViewColumn {
  readonly table: string
  readonly name: string
  readonly type: string
  readonly comment: string
}

/** The columns of the views people may read, in their order. */
export async function viewColumns(clickhouse: ClickHouse): Promise<ViewColumn[]> {
  const rows = await clickhouse.rows<ViewColumn>(
    `SELECT table, name, type, comment FROM system.columns
     WHERE database = currentDatabase() AND table IN {views:Array(String)}
     ORDER BY indexOf({views:Array(String)}, table), position`,
    { views: [...ANALYST_VIEWS] },
  )
  return rows
}

/** Names of all functions, to complete them; the gate says which may be called. */
export async function functionNames(clickhouse: ClickHouse): Promise<string[]> {
  const rows = await clickhouse.rows<{ name: string }>(
    `SELECT name FROM system.functions WHERE origin = 'System' AND match(name, '^[a-zA-Z]\\\\w+$') ORDER BY name`,
  )
  return rows.map(({ name }) => name)
}

export interface SqlProgress {
  readonly read_rows: number
  readonly total_rows: number
  readonly memory: number
}

/** How far a statement is; undefined when it is not running. */
export async function sqlProgress(clickhouse: ClickHouse, queryId: string): Promise<SqlProgress | undefined> {
  const [row] = await clickhouse.rows<SqlProgress>(
    `SELECT read_rows, total_rows_approx AS total_rows, memory_usage AS memory FROM system.processes
     WHERE query_id = {queryId:String} OR Settings['log_comment'] = {queryId:String} LIMIT 1`,
    { queryId },
  )
  return row
}

/** Stops a statement. */
export async function stopSql(clickhouse: ClickHouse, queryId: string): Promise<void> {
  await clickhouse.command('KILL QUERY WHERE query_id = {queryId:String} ASYNC', { queryId })
}

/** A statement laid out as ClickHouse does it. @throws for one that its parser does not take */
export async function formattedSql(clickhouse: ClickHouse, text: string): Promise<string> {
  const [row] = await clickhouse.rows<{ text: string }>(
    `SELECT formatQuery(unhex('${Buffer.from(text).toString('hex')}')) AS text`,
  )
  return row?.text ?? text
}
