/**
 * Players: keeps each player's lifecycle (visitor → registered → depositor → dormant) as their events say it is.
 *
 * Looks again at every player touched since the watermark, and at those who have become silent. A little before the
 * watermark is looked at once more: a row is stamped when its block is made, and visible only when it is written.
 */
import type { ClickHouse } from '@rtpx/clickhouse/client'
import {
  clickhouseNow,
  countStalePlayers,
  countWrittenSince,
  type PlayerWindow,
  writeLifecycles,
} from '@rtpx/clickhouse/queries/players'
import type { Job, JobResult } from '../job.ts'

const DAY_MS = 86_400_000
const OVERLAP_MS = 30_000
/** Players computed by one statement: bounds its memory. */
const PLAYERS_PER_SHARE = 100_000

/** The window of a run. Pure. @param nowMs ClickHouse's clock */
export function playerWindow(watermark: number, nowMs: number, dormantAfterDays: number): PlayerWindow {
  return {
    fromMs: Math.max(0, watermark - OVERLAP_MS),
    toMs: nowMs,
    dormantBeforeMs: nowMs - dormantAfterDays * DAY_MS,
  }
}

/** @param dormantAfterDays days without an event after which a player is dormant */
export function playersJob(dormantAfterDays: number): Job {
  return {
    name: 'players',
    async run(clickhouse: ClickHouse, watermark: number): Promise<JobResult> {
      const nowMs = await clickhouseNow(clickhouse)
      const window = playerWindow(watermark, nowMs, dormantAfterDays)
      const buckets = Math.ceil((await countStalePlayers(clickhouse, window)) / PLAYERS_PER_SHARE)
      for (let bucket = 0; bucket < buckets; bucket += 1)
        await writeLifecycles(clickhouse, window, { bucket, buckets })
      const rows = buckets === 0 ? 0 : await countWrittenSince(clickhouse, nowMs)
      return { watermark: nowMs, rows }
    },
  }
}
