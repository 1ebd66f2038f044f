/**
 * What analysts may read: a closed list. Each is a documented view without duplicates that has a `site_id`, by which a
 * caller is kept to their sites. A view that is not here is refused, whoever asks.
 */

/** The role that SQL of people runs under: on the embedded server from its configuration, else made by the migrations. */
export const SQL_ROLE = 'rtpx_sql'

/** Views of rtpx, the ones asked most first. */
export const ANALYST_VIEWS = [
  'daily_metrics',
  'event_summary',
  'events',
  'players',
  'deposits',
  'payments',
  'daily_amounts',
  'costs',
  'daily_costs',
  'sessions',
  'page_minutes',
  'page_hours',
  'page_days',
  'page_day_totals',
  'event_totals',
  'deposit_conflicts',
  'findings',
  'anomalies',
  'rejected_events',
  'closed_days',
  'site_directory',
] as const

/** Tables of ClickHouse itself that tools read to find their way; what they show is what the role may see. */
export const SYSTEM_TABLES = [
  'system.one',
  'system.numbers',
  'system.zeros',
  'system.columns',
  'system.tables',
  'system.databases',
  'system.functions',
  'system.settings',
  'system.formats',
  'system.data_type_families',
  'system.table_functions',
  'system.table_engines',
  'system.time_zones',
  'system.keywords',
  'information_schema.tables',
  'information_schema.columns',
  'information_schema.schemata',
] as const

/** Columns of those that tell where ClickHouse keeps its files. */
export const PATH_COLUMNS = ['data_path', 'data_paths', 'metadata_path'] as const

const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`

/** The condition that keeps a view to these sites. */
export function siteCondition(siteIds: readonly string[]): string {
  return siteIds.length === 0 ? 'false' : `site_id IN (${siteIds.map(quoted).join(', ')})`
}

/** `additional_table_filters` for these sites: it is put on each view wherever a query names it. */
export function siteFilters(database: string, siteIds: readonly string[] | 'all'): string {
  if (siteIds === 'all') return '{}'
  const condition = quoted(siteCondition(siteIds))
  return `{${ANALYST_VIEWS.map((view) => `${quoted(`${database}.${view}`)}: ${condition}`).join(', ')}}`
}
