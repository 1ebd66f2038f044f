/**
 * Integrity: findings about what does not add up (a deposit without registration, a registration before the first visit, a player on
 * two banners in a day, two amounts for one transaction, a clock far off), each open until its evidence is gone or a person answers.
 *
 * Looks again at the players, payments and clients touched since the watermark, and a little before it.
 */
import type { ClickHouse } from '@rtpx/clickhouse/client'
import {
  countFindingsWritten,
  writeEventFindings,
  writePlayerFindings,
} from '@rtpx/clickhouse/queries/integrity'
import { CHANGES_KEPT_MS, clickhouseNow, runNumber } from '@rtpx/clickhouse/queries/players'
import type { Job, JobResult } from '../job.ts'
import { afterFacts } from './facts.ts'
import { changesSince, forStalePlayers } from './players.ts'

/** @param random numbers from 0 to 1 */
export function integrityJob(random = Math.random): Job {
  return afterFacts({
    name: 'integrity',
    async run(clickhouse: ClickHouse, watermark: number): Promise<JobResult> {
      const now = await clickhouseNow(clickhouse)
      const since = changesSince(watermark, now, CHANGES_KEPT_MS)
      const run = runNumber(now, random)
      await forStalePlayers(clickhouse, { run, since }, (share) =>
        writePlayerFindings(clickhouse, share, now),
      )
      await writeEventFindings(clickhouse, since ?? Math.max(0, watermark - CHANGES_KEPT_MS), now)
      return { watermark: now, rows: await countFindingsWritten(clickhouse, now) }
    },
  })
}
