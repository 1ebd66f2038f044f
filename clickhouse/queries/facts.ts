/**
 * Hands the events that arrived on to the tables of facts. What is handed on is moved aside first, so nothing is ever skipped, whenever it
 * became visible; a run that was killed is done again with what it had moved, and facts do not mind being told twice.
 * Events of erased players that are delivered again end here.
 */
import type { ClickHouse } from '../client.ts'
import { withLock } from '../lock.ts'
import { hasErased, turnBack, withoutErased } from '../privacy/tombstones.ts'

const FACTS_LOCK = 'facts_lock'

/** Takes up everything that has arrived. @returns how many events that were */
export async function takeUpFacts(clickhouse: ClickHouse): Promise<number> {
  if ((await waiting(clickhouse)) === 0) return 0
  return withLock(clickhouse, FACTS_LOCK, async () => {
    const left = await taken(clickhouse)
    if (left > 0) await handOn(clickhouse)
    await clickhouse.command('ALTER TABLE fact_arrivals MOVE PARTITION tuple() TO TABLE fact_arrivals_taken')
    const events = await taken(clickhouse)
    if (events > 0) await handOn(clickhouse)
    return left + events
  })
}

/** Large blocks: each has the fixed cost of every view behind it. */
async function handOn(clickhouse: ClickHouse): Promise<void> {
  const isAnyErased = await hasErased(clickhouse)
  if (isAnyErased) await turnBack(clickhouse, 'fact_arrivals_taken')
  const events = isAnyErased ? withoutErased('fact_arrivals_taken') : 'SELECT * FROM fact_arrivals_taken'
  await clickhouse.command(
    `INSERT INTO facts_incoming ${events}
     SETTINGS max_block_size = 262144, min_insert_block_size_rows = 262144, min_insert_block_size_bytes = 0, max_threads = 1`,
  )
  await clickhouse.command('TRUNCATE TABLE fact_arrivals_taken')
}

async function waiting(clickhouse: ClickHouse): Promise<number> {
  const [row] = await clickhouse.rows<{ events: number }>(
    'SELECT (SELECT count() FROM fact_arrivals) + (SELECT count() FROM fact_arrivals_taken) AS events',
  )
  return row?.events ?? 0
}

async function taken(clickhouse: ClickHouse): Promise<number> {
  const [row] = await clickhouse.rows<{ events: number }>('SELECT count() AS events FROM fact_arrivals_taken')
  return row?.events ?? 0
}
