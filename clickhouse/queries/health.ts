/** How ClickHouse is: its clock, settings, disks, parts, consumers, and whether a view throws. Of the server that is asked. */
import type { ClickHouse } from '../client.ts'

export interface ServerFacts {
  readonly version: string
  /** Milliseconds since 1970, by its clock. */
  readonly now: number
  readonly uptime_s: number
}

export async function serverFacts(clickhouse: ClickHouse): Promise<ServerFacts> {
  const [facts] = await clickhouse.rows<ServerFacts>(
    'SELECT version() AS version, toUnixTimestamp64Milli(now64(3)) AS now, uptime() AS uptime_s',
  )
  if (!facts) throw new Error('the server answered nothing')
  return facts
}

/** The values that these settings have for this user, as text. */
export async function settingValues(
  clickhouse: ClickHouse,
  names: readonly string[],
): Promise<Map<string, string>> {
  const rows = await clickhouse.rows<{ name: string; value: string }>(
    'SELECT name, value FROM system.settings WHERE name IN {names:Array(String)}',
    { names },
  )
  return new Map(rows.map(({ name, value }) => [name, value]))
}

export interface DiskFacts {
  readonly name: string
  readonly free_bytes: number
  readonly total_bytes: number
}

export const diskFacts = (clickhouse: ClickHouse) =>
  clickhouse.rows<DiskFacts>(
    'SELECT name, free_space AS free_bytes, total_space AS total_bytes FROM system.disks WHERE NOT is_remote ORDER BY name',
  )

export interface PartCount {
  readonly table: string
  /** Active parts of the partition that has most. */
  readonly parts: number
  readonly total_parts: number
  readonly bytes: number
}

/** Each table with parts, that with the fullest partition first. */
export const partCounts = (clickhouse: ClickHouse) =>
  clickhouse.rows<PartCount>(
    `SELECT table, max(n) AS parts, sum(n) AS total_parts, sum(size) AS bytes
     FROM (SELECT table, partition, count() AS n, sum(bytes_on_disk) AS size FROM system.parts
       WHERE active AND database = currentDatabase() GROUP BY table, partition)
     GROUP BY table ORDER BY parts DESC, table ASC`,
  )

export interface ConsumerFacts {
  readonly table: string
  readonly consumers: number
  /** Partitions they have now. */
  readonly partitions: number
  /** Milliseconds since 1970; 0 never. */
  readonly last_poll_at: number
}

/** The readers of the queue, by their table; a table without a reader is not there. */
export const consumerFacts = (clickhouse: ClickHouse) =>
  clickhouse.rows<ConsumerFacts>(
    `SELECT table, count() AS consumers, sum(length(assignments.partition_id)) AS partitions,
       1000 * toUnixTimestamp(max(last_poll_time)) AS last_poll_at
     FROM system.kafka_consumers WHERE database = currentDatabase() GROUP BY table ORDER BY table ASC`,
  )

/** A view that could not take a block: what was behind it waits, and nothing of that partition arrives. */
export interface ViewError {
  /** The view that threw. */
  readonly view: string
  readonly message: string
  /** Milliseconds since 1970. */
  readonly at: number
}

/**
 * The views that threw within the last seconds, the newest error of each. Told by the errors of the server and by those of its consumers:
 * the direct sink has none of the latter, and the former keep only the last of a kind.
 */
export const viewErrors = (clickhouse: ClickHouse, seconds: number) =>
  clickhouse.rows<ViewError>(
    `SELECT extract(text, 'while pushing to view ([^ :(]+)') AS view, argMax(substring(text, 1, 500), time) AS message,
       1000 * toUnixTimestamp(max(time)) AS at
     FROM (
       SELECT last_error_time AS time, last_error_message AS text FROM system.errors
       UNION ALL
       SELECT time, text FROM system.kafka_consumers ARRAY JOIN exceptions.time AS time, exceptions.text AS text)
     WHERE text LIKE '%while pushing to view%' AND time >= now() - {seconds:UInt32}
     GROUP BY view ORDER BY view`,
    { seconds },
  )

/** What was to be read from the queue and could not for another reason than a view, newest first: brokers gone, no rights. */
export const consumerErrors = (clickhouse: ClickHouse, seconds: number) =>
  clickhouse.rows<{ readonly table: string; readonly message: string }>(
    `SELECT table, argMax(substring(text, 1, 500), time) AS message
     FROM (SELECT table, time, text FROM system.kafka_consumers ARRAY JOIN exceptions.time AS time, exceptions.text AS text
       WHERE database = currentDatabase())
     WHERE text NOT LIKE '%while pushing to view%' AND time >= now() - {seconds:UInt32}
     GROUP BY table ORDER BY table ASC`,
    { seconds },
  )

/** Whether the doors to Kafka are there. */
export async function hasDoors(clickhouse: ClickHouse): Promise<boolean> {
  const [row] = await clickhouse.rows<{ doors: number }>(
    `SELECT count() AS doors FROM system.tables WHERE database = currentDatabase() AND engine = 'Kafka'`,
  )
  return (row?.doors ?? 0) > 0
}

/** A canary that arrived. */
export interface Canary {
  readonly event_id: string
  readonly edge: string
  /** By the edge's clock and by ClickHouse's; milliseconds since 1970. */
  readonly created_at: number
  readonly arrived_at: number
}

const CANARY = `toString(event_id) AS event_id, edge, toUnixTimestamp64Milli(created_at) AS created_at, toUnixTimestamp64Milli(arrived_at) AS arrived_at`

/** The last canary of each edge within the last hour. */
export const lastCanaries = (clickhouse: ClickHouse) =>
  clickhouse.rows<Canary>(
    `SELECT * FROM (SELECT ${CANARY} FROM canaries WHERE arrived_at > now64(3) - INTERVAL 1 HOUR)
     ORDER BY created_at DESC LIMIT 1 BY edge`,
  )

/** A canary, once it is in the tables. */
export async function canaryOf(clickhouse: ClickHouse, event_id: string): Promise<Canary | undefined> {
  const [row] = await clickhouse.rows<Canary>(
    `SELECT * FROM (SELECT ${CANARY} FROM canaries WHERE arrived_at > now64(3) - INTERVAL 1 HOUR) WHERE event_id = {event_id:String}`,
    { event_id },
  )
  return row
}
