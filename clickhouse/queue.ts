/**
 * Keeps the doors to Kafka as the configuration says: open to these brokers, or closed for the direct sink.
 *
 * The doors are `queue.sql`: Kafka tables, each with the one view that reads it. They hold no data; the broker keeps the
 * offsets. Closing drops the Kafka tables first, so nothing is read that no view would take.
 */
import type { ClickHouse } from './client.ts'
import { withLock } from './lock.ts'
import { checksumOf } from './migrator.ts'
import { splitStatements } from './statements.ts'

export interface QueueOptions {
  /** Brokers as `host:port`; none closes the doors. */
  readonly brokers: readonly string[]
  /** Consumers in this server, at most the topic's partitions. */
  readonly consumers: number
}

const TABLES = ['events_queue', 'rejected_queue']
const VIEWS = ['events_queue_to_incoming', 'rejected_queue_to_log']
/** The object made last: its comment says which text the doors were made from. */
const LAST_VIEW = 'rejected_queue_to_log'

/**
 * Opens, closes or re-opens the doors when they are not as wanted; does nothing when they are.
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
    for (const table of TABLES) await clickhouse.command(`DROP TABLE IF EXISTS ${table} SYNC`)
    for (const view of VIEWS) await clickhouse.command(`DROP VIEW IF EXISTS ${view} SYNC`)
    if (wanted === undefined) return 'closed'
    for (const statement of splitStatements(wanted)) await clickhouse.command(statement)
    await clickhouse.command(`ALTER TABLE ${LAST_VIEW} MODIFY COMMENT '${mark}'`)
    return 'opened'
  })
}

/** The text of the doors for these brokers. @throws when a place of the template has no value */
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

/** The checksum of the doors that stand: written when they are complete; empty when there are none. */
async function presentMark(clickhouse: ClickHouse): Promise<string> {
  const present = await clickhouse.rows<{ name: string; comment: string }>(
    'SELECT name, comment FROM system.tables WHERE database = currentDatabase() AND name IN {names:Array(String)}',
    { names: [...TABLES, ...VIEWS] },
  )
  if (present.length === 0) return ''
  return present.find(({ name }) => name === LAST_VIEW)?.comment || 'incomplete'
}
