/** What rules about saved statements ask, and with whose rights. */
import type { ClickHouse } from '../client.ts'

export interface AlertStatement {
  readonly rule_id: string
  readonly organization_id: string
  readonly user_id: string
  readonly author: string
  readonly sql: string
  readonly values: Readonly<Record<string, string>>
  readonly siteIds: readonly string[] | 'all'
  /** Why it is not asked any more; empty while it is. */
  readonly refused: string
  /** ms since 1970 */
  readonly updated_at: number
}

interface Row extends Omit<AlertStatement, 'values' | 'siteIds'> {
  readonly place_values: string
  readonly all_sites: boolean
  readonly site_ids: readonly string[]
}

/** Those of the rules there are. */
export async function alertStatements(clickhouse: ClickHouse): Promise<AlertStatement[]> {
  const rows = await clickhouse.rows<Row>(
    `SELECT rule_id, organization_id, user_id, author, sql, place_values, all_sites, site_ids, refused,
       toUnixTimestamp64Milli(s.updated_at) AS updated_at
     FROM alert_statements AS s WHERE rule_id IN (SELECT rule_id FROM alert_rules WHERE kind = 'query')`,
  )
  return rows.map(({ place_values, all_sites, site_ids, ...rest }) => ({
    ...rest,
    values: JSON.parse(place_values),
    siteIds: all_sites ? 'all' : site_ids,
  }))
}

/** Writes a version. */
export async function writeAlertStatement(clickhouse: ClickHouse, statement: AlertStatement): Promise<void> {
  const { values, siteIds, ...rest } = statement
  const row = {
    ...rest,
    place_values: JSON.stringify(values),
    all_sites: siteIds === 'all',
    site_ids: siteIds === 'all' ? [] : siteIds,
  }
  await clickhouse.insertLines('alert_statements_log', [JSON.stringify(row)])
}
