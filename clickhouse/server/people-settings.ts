/** Which settings a personal login may send with its statement: how a result is written, and limits below its own. */
import { ServerException } from './exceptions.ts'

/** What a result looks like, and no more. */
const ALLOWED =
  /^(output_format_(json|csv|tsv|pretty|parquet|arrow|native|decimal|float|binary|values|xml|markdown|msgpack|orc)_\w+|date_time_output_format|interval_output_format|format_csv_delimiter|bool_true_representation|bool_false_representation|session_timezone|join_use_nulls|max_block_size|cast_keep_nullable|transform_null_in|aggregate_functions_null_for_empty|union_default_mode|prefer_column_name_to_alias|allow_experimental_(variant|dynamic|json)_type|extremes|limit|offset|low_cardinality_allow_in_native_format|describe_\w+)$/

/** What tools send without a thought; nothing of it would change anything here. */
const IGNORED =
  /^(readonly|log_queries|log_comment|compress|decompress|enable_http_compression|http_\w+|send_progress_in_http_headers|cancel_http_readonly_queries_on_client_close|add_http_cors_header|wait_end_of_query|buffer_size|session_\w+|insert_\w+|async_insert\w*|wait_for_async_insert|input_format_\w+|date_time_input_format|date_time_overflow_behavior|allow_suspicious_\w+|send_timeout|receive_timeout|connect_timeout\w*|use_uncompressed_cache|distributed_\w+|load_balancing|priority|query_cache_\w+|use_query_cache|enable_analyzer|allow_experimental_analyzer|output_format_schema|network_(zstd_)?compression_(method|level)|select_sequential_consistency|timeout_overflow_mode|read_overflow_mode|result_overflow_mode|max_memory_usage|max_rows_to_read|max_threads)$/

/** Limits that a client may only lower. */
const LOWERED = new Set(['max_execution_time', 'max_result_rows', 'max_result_bytes'])

/**
 * The settings of a client's that are kept; a lowered limit is put into `scope`.
 * @throws ServerException 164 for one that is not the client's to set
 */
export function clientSettings(
  settings: readonly (readonly [name: string, value: string])[],
  scope: Record<string, string>,
): [name: string, value: string][] {
  const kept: [string, string][] = []
  for (const [name, value] of settings) {
    if (LOWERED.has(name)) {
      const wanted = Number(value)
      if (wanted > 0 && wanted < Number(scope[name])) scope[name] = String(wanted)
    } else if (ALLOWED.test(name)) kept.push([name, value])
    else if (!IGNORED.test(name))
      throw new ServerException(
        164,
        'READONLY',
        `The setting ${name.slice(0, 100)} cannot be set with a personal login`,
      )
  }
  return kept
}
