/**
 * Deposits: says where transactions sent with several days or players count, and folds each day's sums into one row once the day
 * has been quiet for half a minute. A folded day that changes is read live until it is folded again, so no number waits for this.
 */
import type { ClickHouse } from '@rtpx/clickhouse/client'
import {
  countQuietDays,
  foldDays,
  PAYMENT_CHANGES_KEPT_MS,
  placePayments,
  VISIBLE_WITHIN_MS,
} from '@rtpx/clickhouse/queries/deposits'
import { clickhouseNow } from '@rtpx/clickhouse/queries/players'
import type { Job, JobResult } from '../job.ts'
import { afterFacts } from './facts.ts'
import { changesSince } from './players.ts'

/** @param visibleWithinMs how long a block may take from its stamp to being visible, ms */
export function depositsJob(visibleWithinMs = VISIBLE_WITHIN_MS): Job {
  return afterFacts({
    name: 'deposits',
    async run(clickhouse: ClickHouse, watermark: number): Promise<JobResult> {
      const now = await clickhouseNow(clickhouse)
      await placePayments(clickhouse, changesSince(watermark, now, PAYMENT_CHANGES_KEPT_MS, visibleWithinMs))
      let rows = 0
      const foldedAt = now - visibleWithinMs
      for (
        let days = await countQuietDays(clickhouse, foldedAt);
        days > 0;
        days = await countQuietDays(clickhouse, foldedAt)
      ) {
        await foldDays(clickhouse, foldedAt)
        rows += days
      }
      return { watermark: now, rows }
    },
  })
}
