/**
 * Requests as analysts' tools sent them to the embedded server with a personal login, recorded on 28 November 2026 and cut
 * only where a list of engines was long: what they say as they connect, list tables, ask, cancel. Each must go on working
 * without the tools at hand. The login is the test's.
 */

export interface Recorded {
  readonly tool: string
  readonly search: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
  /** What the answer says: its format, or the code of a refusal. */
  readonly answer: string
  /** What stands in the answer, when it is not packed. */
  readonly holds?: string
}

const AGENTS = {
  go: 'grafana/12.0 clickhouse-go/2.51.0 (lv:go/1.26.8; os:linux)',
  python: 'clickhouse-connect/1.12.0 (lv:py/3.11.7; mode:sync; os:linux; os_user:root)',
  java: 'jdbc-v2/0.10.0 clickhouse-java-v2/0.10.0 (Linux; jvm:17.0.15) Apache-HttpClient/5.4.4',
  oldJava: 'ClickHouse-JdbcDriver ClickHouse-JavaClient/0.10.0 (OpenJDK 64-Bit Server VM/17.0.15)',
}

const go = (search: string, body: string, answer = 'Native', holds?: string): Recorded => ({
  tool: 'clickhouse-go (Grafana)',
  search: `?client_protocol_version=54460&${search}&database=rtpx&default_format=Native`,
  headers: { 'user-agent': AGENTS.go },
  body,
  answer,
  ...(holds !== undefined && { holds }),
})

const python = (body: string, answer = 'Native', holds?: string): Recorded => ({
  tool: 'clickhouse-connect',
  search:
    '?session_id=091dc676-4ebd-4c8b-8592-fc1fe030eb79&wait_end_of_query=1&database=rtpx&client_protocol_version=54405&query_id=6e8ca212-e744-4aeb-8d51-2809466bae46',
  headers: { 'user-agent': AGENTS.python, 'content-type': 'text/plain; charset=utf-8' },
  body,
  answer,
  ...(holds !== undefined && { holds }),
})

const FORMAT = 'RowBinaryWithNamesAndTypes'

const java = (search: string, body: string, answer = FORMAT, holds?: string): Recorded => ({
  tool: 'clickhouse-jdbc (Metabase, DBeaver)',
  search,
  headers: {
    'user-agent': AGENTS.java,
    'content-type': 'text/plain',
    'x-clickhouse-format': FORMAT,
    'x-clickhouse-database': 'rtpx',
  },
  body,
  answer,
  ...(holds !== undefined && { holds }),
})

export const RECORDED: readonly Recorded[] = [
  // clickhouse-go: gzip is what Grafana's data source uses over HTTP, LZ4 the default of the library.
  go(
    'enable_http_compression=1',
    'SELECT displayName(), version(), revision(), timezone()',
    'Native',
    'rtpx',
  ),
  go('compress=1&network_compression_method=LZ4', 'SELECT displayName(), version(), revision(), timezone()'),
  go('compress=1&network_compression_method=ZSTD', 'SHOW TABLES FROM "rtpx"'),
  go('max_execution_time=60', 'DESC TABLE "rtpx"."events"', 'Native', 'event_id'),
  go('max_execution_time=60', "SELECT name, type, table FROM system.columns WHERE database IN ('rtpx')"),
  go(
    'max_execution_time=60',
    'SELECT toStartOfInterval(toDateTime64(occurred_at, 3), INTERVAL 60000 millisecond) as time, count() c FROM events WHERE occurred_at >= fromUnixTimestamp64Milli(1767225600000) AND occurred_at <= fromUnixTimestamp64Milli(1767484800000) GROUP BY time ORDER BY time',
  ),
  // Its ad hoc filters.
  go(
    'max_execution_time=60',
    `SELECT * FROM events settings additional_table_filters={'rtpx.events' : ' site_id = \\'b\\' '}`,
    '497',
    'A SETTINGS clause is not allowed',
  ),

  // clickhouse-connect.
  { ...python('SELECT version(), timezone()', 'TabSeparated'), search: '?query_id=b2f7b56c' },
  python('SELECT name, value, readonly FROM system.settings LIMIT 10000\n FORMAT Native'),
  python(
    'SELECT site_id,count(),max(occurred_at),min(event_date) FROM events GROUP BY site_id\n FORMAT Native',
    'Native',
    "DateTime64(3, 'UTC')",
  ),
  python('DESCRIBE TABLE `rtpx`.`daily_metrics`\n FORMAT Native', 'Native', 'event_type'),
  python('EXISTS TABLE `rtpx`.`daily_metrics`\n FORMAT Native', 'Native', 'UInt8'),
  python(
    "SELECT engine, engine_full, comment FROM system.tables WHERE database = 'rtpx' AND name = 'daily_metrics'\n FORMAT Native",
    'Native',
    'View',
  ),

  // The Java driver: what Metabase and DBeaver ask through it, and DBeaver's own.
  java('?compress=1&wait_end_of_query=1', 'SELECT version() as server_version'),
  java('?compress=1', 'SELECT 1 FORMAT TabSeparated', 'TabSeparated'),
  java(
    '',
    "SELECT name AS TABLE_SCHEM, '' AS TABLE_CATALOG FROM system.databases ORDER BY name",
    FORMAT,
    'rtpx',
  ),
  java(
    '?compress=1',
    "SELECT '' AS TABLE_CAT, t.database AS TABLE_SCHEM, t.name AS TABLE_NAME, if(t.is_temporary = 1, concat('Temporary', t.engine), t.engine) AS TABLE_TYPE, t.comment AS REMARKS, CAST(null as Nullable(String)) AS TYPE_CAT, d.engine AS TYPE_SCHEM FROM system.tables t JOIN system.databases d ON system.tables.database = system.databases.name WHERE t.database LIKE 'rtpx' AND t.name LIKE '%' AND ( (t.engine IN ('MergeTree','View')))",
  ),
  java(
    '',
    "SELECT c1 as NAME, c2 as MAX_LEN, c3 as DEFAULT_VALUE, c4 as DESCRIPTION FROM VALUES (('ApplicationName', 255, '', 'Client application name.'))",
    FORMAT,
    'ApplicationName',
  ),
  java(
    '',
    'DESC (SELECT event_type, count FROM daily_metrics WHERE count > NULL) FORMAT TSKV',
    'TSKV',
    'name=event_type\ttype=String',
  ),
  java(
    '?session_id=sess_ec1c964a-3566-4a47-9376-ffbdba0c5837',
    "SELECT name as TABLE_NAME, engine as TABLE_TYPE, database as TABLE_SCHEM,comment as REMARKS, * FROM system.tables\nWHERE database = 'rtpx'",
    FORMAT,
    'CREATE VIEW',
  ),
  java('', 'SELECT name FROM system.table_engines', FORMAT, 'MergeTree'),
  java('', 'SET readonly=1', ''),
  java('', 'USE `rtpx`', ''),
  java('', "KILL QUERY WHERE query_id = 'f12fd4f7-f014-4147-ac32-9015c733c740'", FORMAT, 'kill_status'),
  // The driver takes a 403 for text whatever it asked for: packed, its user reads rubbish.
  java(
    '?compress=1',
    'SELECT * FROM events_log',
    '497',
    'The table events_log is not one of those you may read.',
  ),
  {
    ...java(
      '?extremes=0',
      "select t.database as TABLE_CAT, NULL as TABLE_SCHEM, t.name as TABLE_NAME, case when t.engine like '%Log' then 'LOG TABLE' when t.engine like '%View' then 'VIEW' when empty(t.data_paths) then 'REMOTE TABLE' else 'TABLE' end as TABLE_TYPE, t.comment as REMARKS\nfrom system.tables t inner join system.databases d on t.database = d.name\nwhere t.database like 'rtpx' and t.name like '%' and TABLE_TYPE in ('TABLE','VIEW') order by t.database, t.name",
      FORMAT,
      'daily_metrics',
    ),
    tool: AGENTS.oldJava,
  },
]
