/**
 * Erasures: carries out what was asked for, and goes on where another was killed. Looks after the erased for a quarter of an hour: what
 * a run of another job had read before and wrote after, and events that were turned back before they were visible, go as well.
 */
import type { ClickHouse } from '@rtpx/clickhouse/client'
import { carryOutErasure, eraseStrays } from '@rtpx/clickhouse/privacy/erase'
import { openErasures } from '@rtpx/clickhouse/privacy/ledger'
import { deleteReturned, hasErased } from '@rtpx/clickhouse/privacy/tombstones'
import { clickhouseNow } from '@rtpx/clickhouse/queries/players'
import type { Job, JobResult } from '../job.ts'

const LOOKED_AFTER_MS = 15 * 60_000

export function erasuresJob(): Job {
  return {
    name: 'erasures',
    async run(clickhouse: ClickHouse): Promise<JobResult> {
      const now = await clickhouseNow(clickhouse)
      const lines: string[] = []
      let rows = 0
      for (const erasure of await openErasures(clickhouse)) {
        const receipt = await carryOutErasure(clickhouse, erasure)
        rows += Object.values(receipt.rows).reduce((sum, n) => sum + n, 0)
        lines.push(`${receipt.erasure_id}: erased`)
      }
      if (await hasErased(clickhouse)) {
        rows += await eraseStrays(clickhouse, now - LOOKED_AFTER_MS)
        rows += await deleteReturned(clickhouse, now - LOOKED_AFTER_MS)
      }
      return { watermark: now, rows, lines }
    },
  }
}
