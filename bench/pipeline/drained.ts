/** How fast events arrive in the log of events. */
import type { ClickHouse } from '@rtpx/clickhouse/client'

/** Events a second between the first and the last that were seen. @throws when nothing moves for a minute */
export async function drained(clickhouse: ClickHouse, total: number, events: number): Promise<number> {
  const count = async () =>
    (await clickhouse.rows<{ rows: number }>('SELECT count() AS rows FROM events_log'))[0]?.rows ?? 0
  const before = total - events
  let seen = 0
  let [begunAt, begunWith, movedAt] = [0, 0, performance.now()]
  for (;;) {
    const now = performance.now()
    const rows = (await count()) - before
    if (rows > seen) {
      if (seen === 0) [begunAt, begunWith] = [now, rows]
      ;[seen, movedAt] = [rows, now]
    }
    if (rows >= events) return ((events - begunWith) / (now - begunAt)) * 1_000
    if (now - movedAt > 60_000) throw new Error(`only ${rows} of ${events} events arrived`)
    await Bun.sleep(10)
  }
}
