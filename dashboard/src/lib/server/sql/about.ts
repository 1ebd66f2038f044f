/** What the page shows beside a result: the tables, what a statement would read, and how it is laid out. */
import { scopeSettings } from '@rtpx/clickhouse/analyst/scope'
import { SQL_ROLE } from '@rtpx/clickhouse/analyst/views'
import { formattedSql, functionNames, viewColumns } from '@rtpx/clickhouse/queries/people-sql'
import type { Estimate, Schema, SchemaView, SqlAsked } from '#lib/sql/answer.ts'
import type { Caller } from '../caller.ts'
import type { Services } from '../clickhouse.ts'
import { gateOf, sqlScopeOf } from './scope.ts'

const SCHEMA_MS = 60_000

/** The views with their columns, and the names of functions. */
export function readSchema({ clickhouse, share }: Services): Promise<Schema> {
  return share('sql schema', SCHEMA_MS, async () => {
    const [columns, functions] = await Promise.all([viewColumns(clickhouse), functionNames(clickhouse)])
    const views = new Map<string, SchemaView['columns'][number][]>()
    for (const { table, ...column } of columns) views.set(table, [...(views.get(table) ?? []), column])
    return { views: [...views].map(([name, own]) => ({ name, columns: own })), functions }
  })
}

/** What a statement would read at most, without running it. @throws as `startStatement` */
export async function estimate(
  services: Services,
  caller: Caller,
  { sql, values }: SqlAsked,
): Promise<Estimate> {
  const scope = sqlScopeOf(caller)
  const passed = await gateOf(services)(sql, values)
  if (!passed.isSelect) return { rows: 0, parts: 0 }
  const bytes = await services.clickhouse.stream(`EXPLAIN ESTIMATE ${passed.sql}`, {
    format: 'JSONEachRow',
    params: values,
    settings: scopeSettings(services.config.CLICKHOUSE_DATABASE, scope),
    role: SQL_ROLE,
  })
  const text = Buffer.concat(await Array.fromAsync(bytes)).toString()
  const tables = text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { rows: string; parts: string })
  const sum = (key: 'rows' | 'parts') => tables.reduce((total, table) => total + Number(table[key]), 0)
  return { rows: sum('rows'), parts: sum('parts') }
}

/** The statement as ClickHouse lays it out. @throws SqlRefused for one it cannot read */
export async function formatted(services: Services, caller: Caller, asked: SqlAsked): Promise<string> {
  sqlScopeOf(caller)
  await gateOf(services)(asked.sql, asked.values)
  return formattedSql(services.clickhouse, asked.sql)
}
