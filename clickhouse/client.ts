/**
 * The typed client: the one import of `@clickhouse/client`. Values are always bound (`{name:Type}`), never pasted.
 * 64-bit integers and decimals arrive as the server's JSON has them: counts as numbers, decimals as text.
 */
import {
  type ClickHouseClient,
  ClickHouseLogLevel,
  type ClickHouseSettings,
  createClient,
} from '@clickhouse/client'
import { renderForCluster } from './cluster/render.ts'

export interface ClickHouseOptions {
  readonly url: string
  readonly username: string
  readonly password: string
  readonly database: string
  /** Name of the cluster whose every server gets what `command` defines; absent or empty: one server. */
  readonly cluster?: string
  /** How long one request may take, in milliseconds. */
  readonly requestTimeoutMs?: number
}

/** Values for a query's `{name:Type}` places. */
export type Params = Readonly<Record<string, unknown>>

/** How one statement runs. */
export interface StreamOptions {
  readonly format: string
  readonly params?: Params
  readonly settings?: Readonly<Record<string, string>>
  /** Takes this role alone. */
  readonly role?: string
  /** By which the statement is known in `system.processes`. */
  readonly queryId?: string
  readonly signal?: AbortSignal
}

export interface ClickHouse {
  /** The rows of a SELECT. @throws ClickHouseError of the client, with ClickHouse's `code` and `type` */
  rows<Row>(sql: string, params?: Params): Promise<Row[]>
  /** Runs a statement that answers nothing. */
  command(sql: string, params?: Params): Promise<void>
  /** Runs a statement as it is, on a cluster too: for what has its `ON CLUSTER` already. */
  plain(sql: string): Promise<void>
  /** The answer of a SELECT as the server sends it, in `format`; stops the statement when `signal` fires. */
  stream(sql: string, options: StreamOptions): Promise<AsyncIterable<Uint8Array>>
  /** Inserts lines of JSON, one row each, and returns once ClickHouse and every view have taken them. */
  insertLines(table: string, lines: readonly string[], settings?: ClickHouseSettings): Promise<void>
  /** Whether the server answers. */
  ping(): Promise<boolean>
  close(): Promise<void>
}

const JSON_SETTINGS: ClickHouseSettings = {
  output_format_json_quote_64bit_integers: 0,
  output_format_json_quote_decimals: 1,
}

/** A client of one ClickHouse; connects at the first query. */
export function connectClickHouse(options: ClickHouseOptions): ClickHouse {
  const { url, username, password, database, cluster = '', requestTimeoutMs = 30_000 } = options
  const client: ClickHouseClient = createClient({
    url,
    username,
    password,
    database,
    request_timeout: requestTimeoutMs,
    clickhouse_settings: JSON_SETTINGS,
    // Every failure is thrown to the caller; the client's own log would only say it twice.
    log: { level: ClickHouseLogLevel.OFF },
  })
  return {
    async rows<Row>(sql: string, params: Params = {}) {
      const result = await client.query({ query: sql, query_params: params, format: 'JSONEachRow' })
      return result.json<Row>()
    },
    async command(sql, params = {}) {
      const statements = cluster === '' ? [sql] : renderForCluster(sql, { name: cluster, database })
      for (const query of statements) await client.command({ query, query_params: params })
    },
    async plain(sql) {
      await client.command({ query: sql })
    },
    async stream(sql, { format, params = {}, settings = {}, role, queryId, signal }) {
      const { stream } = await client.exec({
        query: `${sql}\nFORMAT ${identifier(format)}`,
        query_params: params,
        // A client that goes away ends its statement; the comment is how the embedded server knows it.
        clickhouse_settings: { ...settings, cancel_http_readonly_queries_on_client_close: 1 },
        ...(role && { role }),
        ...(queryId && { query_id: queryId }),
        ...(signal && { abort_signal: signal }),
      })
      return stream
    },
    async insertLines(table, lines, settings = {}) {
      await client.command({
        query: `INSERT INTO ${identifier(table)} FORMAT JSONEachRow\n${lines.join('\n')}`,
        clickhouse_settings: settings,
      })
    },
    async ping() {
      return (await client.ping()).success
    },
    close: () => client.close(),
  }
}

/** A table's or database's name, unchanged. @throws when it is not a plain identifier */
export function identifier(name: string): string {
  if (!/^[A-Za-z_]\w{0,127}$/.test(name)) throw new Error(`not an identifier: ${JSON.stringify(name)}`)
  return name
}
