/**
 * The engine's configuration files. They promise: no statement of a client reaches another file, program or host than
 * Kafka's brokers (a grant for each allowed source, none for the rest); the log turns over; pools and caches fit a small
 * machine; a dead consumer leaves its Kafka group within seconds; what merges make large is packed tighter than what arrives.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ANALYST_VIEWS, SQL_ROLE } from '../analyst/views.ts'
import { PROFILE } from '../profile.ts'

export interface EngineFiles {
  /** Holds everything of ClickHouse. */
  root: string
  /** The engine's own directory. */
  directory: string
  pipes: string
  lock: string
  log: string
  configFile: string
}

/** Where things lie below the data directory. */
export function engineFiles(dataDirectory: string): EngineFiles {
  const root = join(dataDirectory, 'clickhouse')
  return {
    root,
    directory: join(root, 'engine'),
    pipes: join(root, 'pipes'),
    lock: join(root, 'lock'),
    log: join(root, 'server.log'),
    configFile: join(root, 'config.xml'),
  }
}

const GRANTS = [
  `SHOW, SELECT, INSERT, ALTER, CREATE DATABASE, CREATE TABLE, CREATE VIEW,
   CREATE ARBITRARY TEMPORARY TABLE, DROP DATABASE, DROP TABLE, DROP VIEW, DROP DICTIONARY, UNDROP TABLE, TRUNCATE,
   OPTIMIZE, CHECK, dictGet, CREATE FUNCTION, DROP FUNCTION, KILL QUERY, SHOW ROLES, INTROSPECTION, SYSTEM MERGES, SYSTEM TTL MERGES,
   SYSTEM VIEWS, SYSTEM FLUSH, SYSTEM DROP CACHE, SYSTEM RELOAD DICTIONARY ON *.*`,
  'READ, WRITE ON KAFKA',
]

/** Settings that name a file or a host, or let text become code: no client may set them. */
const FIXED = [
  'allow_experimental_eval_table_function',
  'allow_experimental_kusto_dialect',
  'allow_experimental_polyglot_dialect',
  'allow_experimental_prql_dialect',
  'dialect',
  'format_avro_schema_registry_url',
  'format_schema',
  'format_template_resultset',
  'format_template_row',
  'input_format_record_errors_file_path',
  'output_format_schema',
]

/** What clients are told the server is called: not what its machine is. */
export const DISPLAY_NAME = 'rtpx'

const xmlText = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

const grantsXml = (grants: readonly string[]) =>
  `<grants>${grants.map((grant) => `<query>GRANT ${grant}</query>`).join('')}</grants>`

/** The engine knows one user. It has its rights by two roles: who takes only the second can read the listed views, no more. */
const OWNER_ROLE = 'rtpx_owner'

function usersXml(queryMemoryBytes: number, database: string): string {
  return `<clickhouse>
  <profiles><default>
    <implicit_select>0</implicit_select>
    <allow_introspection_functions>0</allow_introspection_functions>
    <max_memory_usage>${queryMemoryBytes}</max_memory_usage>
    <storage_file_read_method>pread</storage_file_read_method>
    ${Object.entries(PROFILE)
      .map(([name, value]) => `<${name}>${value}</${name}>`)
      .join('\n    ')}
    <constraints>${FIXED.map((name) => `<${name}><const/></${name}>`).join('')}</constraints>
  </default></profiles>
  <users><default>
    <password></password>
    <networks><ip>::/0</ip></networks>
    <profile>default</profile>
    <quota>default</quota>
    ${grantsXml([`${OWNER_ROLE}, ${SQL_ROLE}`])}
  </default></users>
  <roles>
    <${OWNER_ROLE}>${grantsXml(GRANTS)}</${OWNER_ROLE}>
    <${SQL_ROLE}>${grantsXml(ANALYST_VIEWS.map((view) => `SELECT ON ${xmlText(database)}.${view}`))}</${SQL_ROLE}>
  </roles>
  <quotas><default/></quotas>
</clickhouse>
`
}

function configXml(files: EngineFiles, logLevel: string, serverMemoryBytes: number): string {
  const mib = 1 << 20
  const cache = Math.max(16 * mib, Math.floor(serverMemoryBytes / 16))
  return `<clickhouse>
  <users_config>${xmlText(join(files.root, 'users.xml'))}</users_config>
  <default_database></default_database>
  <display_name>${DISPLAY_NAME}</display_name>
  <database>default</database>
  <log-level>${logLevel}</log-level>
  <logger><log>${xmlText(files.log)}</log><size>16M</size><count>3</count>
    <levels><logger><name>ThreadStatus</name><level>none</level></logger></levels></logger>
  <max_server_memory_usage>${serverMemoryBytes}</max_server_memory_usage>
  <mark_cache_size>${cache}</mark_cache_size>
  <index_mark_cache_size>${Math.floor(cache / 4)}</index_mark_cache_size>
  <primary_index_cache_size>${cache}</primary_index_cache_size>
  <query_condition_cache_size>${Math.floor(cache / 4)}</query_condition_cache_size>
  <compiled_expression_cache_size>${16 * mib}</compiled_expression_cache_size>
  <compression><case>
    <min_part_size>${128 * mib}</min_part_size><min_part_size_ratio>0</min_part_size_ratio><method>zstd</method><level>1</level>
  </case></compression>
  <kafka>
    <session_timeout_ms>6000</session_timeout_ms>
    <reconnect_backoff_max_ms>1000</reconnect_backoff_max_ms>
  </kafka>
</clickhouse>
`
}

/**
 * Writes the files. A new data directory also gets its database `default`, as a plain one: the engine's own would lay
 * the whole file system under it as tables.
 * @param options `memoryBytes`: what the engine may use; `database`: where the tables of rtpx are
 */
export function writeEngineConfig(
  files: EngineFiles,
  options: { memoryBytes: number; logLevel: string; database: string; newId: () => string },
): void {
  const metadata = join(files.directory, 'metadata')
  mkdirSync(metadata, { recursive: true, mode: 0o700 })
  const definition = join(metadata, 'default.sql')
  if (!existsSync(definition))
    writeFileSync(definition, `ATTACH DATABASE _ UUID '${options.newId()}'\nENGINE = Atomic\n`)
  const queryMemory = Math.floor(options.memoryBytes * 0.75)
  writeFileSync(join(files.root, 'users.xml'), usersXml(queryMemory, options.database), { mode: 0o600 })
  writeFileSync(files.configFile, configXml(files, options.logLevel, options.memoryBytes), { mode: 0o600 })
}
