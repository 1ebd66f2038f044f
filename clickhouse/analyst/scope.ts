/** What a person's SQL runs with, on any ClickHouse: the filter by site, and limits. None of it can be set by the query. */
import { siteFilters } from './views.ts'

/** Whose rows a query may see. */
export interface SqlScope {
  readonly siteIds: readonly string[] | 'all'
}

export interface SqlLimits {
  readonly seconds: number
  readonly memoryBytes: number
  readonly rowsRead: number
  readonly resultRows: number
  readonly resultBytes: number
}

const MIB = 1 << 20

/** Limits of one query. */
export const SQL_LIMITS: SqlLimits = {
  seconds: 60,
  memoryBytes: 1024 * MIB,
  rowsRead: 2_000_000_000,
  resultRows: 5_000_000,
  resultBytes: 1024 * MIB,
}

/** Statements one person may run side by side. */
export const SQL_AT_ONCE = 4

/**
 * Settings of a person's query, in the words of ClickHouse.
 * @param database the one of rtpx's tables
 */
export function scopeSettings(
  database: string,
  scope: SqlScope,
  limits: SqlLimits = SQL_LIMITS,
): Record<string, string> {
  return {
    additional_table_filters: siteFilters(database, scope.siteIds),
    max_execution_time: String(limits.seconds),
    timeout_overflow_mode: 'throw',
    max_memory_usage: String(limits.memoryBytes),
    max_bytes_before_external_group_by: '0',
    max_bytes_before_external_sort: '0',
    max_bytes_ratio_before_external_group_by: '0',
    max_bytes_ratio_before_external_sort: '0',
    max_rows_to_read: String(limits.rowsRead),
    read_overflow_mode: 'throw',
    max_result_rows: String(limits.resultRows),
    max_result_bytes: String(limits.resultBytes),
    result_overflow_mode: 'throw',
    max_threads: '2',
    // The filter by site is judged before anything of the query's own, which could fail on another site's row and tell of it.
    optimize_move_to_prewhere: '0',
    query_plan_optimize_prewhere: '0',
    short_circuit_function_evaluation: 'force_enable',
    use_query_cache: '0',
    readonly: '1',
  }
}
