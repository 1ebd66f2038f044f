/** A ClickHouse as if it had just been started. */
import type { ClickHouse } from '@rtpx/clickhouse/client'

/** Empties ClickHouse's caches; the system's, of files, stays. */
export async function emptyCaches(clickhouse: ClickHouse): Promise<void> {
  for (const cache of ['MARK', 'UNCOMPRESSED', 'QUERY CONDITION', 'PRIMARY INDEX'])
    await clickhouse.command(`SYSTEM DROP ${cache} CACHE`)
}
