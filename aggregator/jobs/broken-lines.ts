/**
 * Broken lines: what ClickHouse could not read from the queue as a message is judged line by line, so that one bad line
 * costs itself and none of its neighbours.
 *
 * Looks at the messages not yet judged that came since the watermark, and well before it: a row is stamped when its block
 * is made, and visible only when it is written.
 */
import type { ClickHouse } from '@rtpx/clickhouse/client'
import { judgeBrokenMessages } from '@rtpx/clickhouse/queries/broken-messages'
import { clickhouseNow } from '@rtpx/clickhouse/queries/players'
import type { Job, JobResult } from '../job.ts'

const OVERLAP_MS = 600_000

export function brokenLinesJob(): Job {
  return {
    name: 'broken-lines',
    async run(clickhouse: ClickHouse, watermark: number): Promise<JobResult> {
      const nowMs = await clickhouseNow(clickhouse)
      const rows = await judgeBrokenMessages(clickhouse, Math.max(0, watermark - OVERLAP_MS))
      return { watermark: nowMs, rows }
    },
  }
}
