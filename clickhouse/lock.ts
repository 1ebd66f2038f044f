/**
 * One holder at a time, among processes that share nothing but ClickHouse.
 *
 * `CREATE TABLE` without IF NOT EXISTS either makes the table or fails: whoever made it holds the lock. The holder renews
 * a time in the table's comment; a lock not renewed for `STALE_MS` belongs to a dead process and is taken away.
 */
import { type ClickHouse, identifier } from './client.ts'

const RENEW_MS = 2_000
const STALE_MS = 10_000
const RETRY_MS = 200
const TABLE_ALREADY_EXISTS = '57'

/** To be called before what must not be done by two. @throws when the lock may have been taken away: this process stood still */
export type Held = () => void

/** Runs `work` while holding the lock `name`; waits as long as another process holds it. */
export async function withLock<T>(
  clickhouse: ClickHouse,
  name: string,
  work: (held: Held) => Promise<T>,
): Promise<T> {
  const table = identifier(name)
  while (!(await take(clickhouse, table))) {
    await dropStale(clickhouse, table)
    await Bun.sleep(RETRY_MS)
  }
  let renewedAt = Date.now()
  const renewing = setInterval(() => {
    const at = Date.now()
    clickhouse.command(`ALTER TABLE ${table} MODIFY COMMENT '${at}'`).then(
      () => {
        renewedAt = at
      },
      () => {
        // The next renewal, or the end of the work, will show whether ClickHouse is gone.
      },
    )
  }, RENEW_MS)
  const held = () => {
    if (Date.now() - renewedAt > STALE_MS - RENEW_MS) throw new Error(`${name} may be another's by now`)
  }
  try {
    return await work(held)
  } finally {
    clearInterval(renewing)
    await clickhouse.command(`DROP TABLE IF EXISTS ${table} SYNC`)
  }
}

async function take(clickhouse: ClickHouse, table: string): Promise<boolean> {
  try {
    await clickhouse.command(`CREATE TABLE ${table} (held UInt8) ENGINE = Memory COMMENT '${Date.now()}'`)
    return true
  } catch (error) {
    if ((error as { code?: string }).code === TABLE_ALREADY_EXISTS) return false
    throw error
  }
}

async function dropStale(clickhouse: ClickHouse, table: string): Promise<void> {
  const [lock] = await clickhouse.rows<{ comment: string }>(
    'SELECT comment FROM system.tables WHERE database = currentDatabase() AND name = {table:String}',
    { table },
  )
  if (lock && Date.now() - Number(lock.comment) > STALE_MS)
    await clickhouse.command(`DROP TABLE IF EXISTS ${table} SYNC`)
}
