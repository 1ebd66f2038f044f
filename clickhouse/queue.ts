/**
 * Keeps the door to Kafka as the configuration says: open to these brokers, or closed for the direct sink.
 *
 * The door is `queue.sql`: a Kafka table and the one view that reads it. It holds no data; the broker keeps the offsets.
 * Closing drops the Kafka table first, so nothing is read that no view would take.
 */
import { type ClickHouse, identifier } from './client.ts'
import { withLock } from './lock.ts'
import { checksumOf } from './migrator.ts'
import { splitStatements } from './statements.ts'

export interface QueueOptions {
  /** Brokers as `host:port`; none closes the door. */
  readonly brokers: readonly string[]
  /** Consumers in this server, at most the topic's partitions. */
  readonly consumers: number
}

const TABLE = 'events_queue'
const VIEW = 'events_queue_to_incoming'

/**
 * Opens, closes or re-opens the door when it is not as wanted; does nothing when it is.
 * @param template the text of `queue.sql`
 * @returns what was done
 */
export async function ensureQueue(
  clickhouse: ClickHouse,
  template: string,
  options: QueueOptions,
): Promise<'opened' | 'closed' | 'unchanged'> {
  return withLock(clickhouse, 'events_queue_lock', async () => {
    const wanted = options.brokers.length > 0 ? renderQueue(template, options) : undefined
    const mark = wanted === undefined ? '' : checksumOf(wanted)
    if (mark === (await presentMark(clickhouse))) return 'unchanged'
    await clickhouse.command(`DROP TABLE IF EXISTS ${TABLE} SYNC`)
    await clickhouse.command(`DROP VIEW IF EXISTS ${VIEW} SYNC`)
    if (wanted === undefined) return 'closed'
    for (const statement of splitStatements(wanted)) await clickhouse.command(statement)
    await clickhouse.command(`ALTER TABLE ${VIEW} MODIFY COMMENT '${mark}'`)
    return 'opened'
  })
}

/** The text of the door for these brokers. @throws when a place of the template has no value */
export function renderQueue(template: string, { brokers, consumers }: QueueOptions): string {
  const values: Record<string, string> = {
    brokers: brokers.map(brokerAddress).join(','),
    consumers: String(consumers),
    thread_per_consumer: consumers > 1 ? '1' : '0',
  }
  return template.replace(/\{\{(\w+)\}\}/g, (place, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`queue.sql: no value for ${place}`)
    return value
  })
}

function brokerAddress(broker: string): string {
  if (!/^[\w.-]+:\d+$/.test(broker)) throw new Error(`not host:port: ${JSON.stringify(broker)}`)
  return broker
}

/** The checksum of the door that stands: kept as the view's comment, written when the door is complete. */
async function presentMark(clickhouse: ClickHouse): Promise<string> {
  const tables = await clickhouse.rows<{ name: string; comment: string }>(
    'SELECT name, comment FROM system.tables WHERE database = currentDatabase() AND name IN {names:Array(String)}',
    { names: [identifier(TABLE), identifier(VIEW)] },
  )
  if (tables.length === 0) return ''
  return tables.find(({ name }) => name === VIEW)?.comment || 'incomplete'
}
