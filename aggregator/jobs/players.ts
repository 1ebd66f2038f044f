/**
 * Players: keeps each player's row (visitor → registered → depositor, banners, amounts) as their events say it is.
 *
 * Looks again at every player touched since the watermark, and at all when the rule for dormancy changes or the job was away for
 * hours. A little before the watermark is looked at once more: a change is stamped when its block is made, and visible only
 * when it is written. Who becomes dormant by being silent needs no run: the view `players` tells it from the rule.
 */
import type { ClickHouse } from '@rtpx/clickhouse/client'
import { placePayments, VISIBLE_WITHIN_MS } from '@rtpx/clickhouse/queries/deposits'
import {
  CHANGES_KEPT_MS,
  clickhouseNow,
  countWritten,
  dormantRule,
  forgetWork,
  listStalePlayers,
  nextShare,
  runNumber,
  type Share,
  setDormantRule,
  writeLifecycles,
} from '@rtpx/clickhouse/queries/players'
import type { Job, JobResult } from '../job.ts'
import { afterFacts } from './facts.ts'

/**
 * From when on changes are looked at; null for everything, when changes are not kept for so long. Pure; ms.
 * @param overlapMs how long a change may take from its stamp to being visible
 */
export function changesSince(
  watermark: number,
  now: number,
  keptMs: number,
  overlapMs = VISIBLE_WITHIN_MS,
): number | null {
  const since = watermark - overlapMs
  return since < now - keptMs ? null : since
}

/**
 * Works off the stale players of a run share by share.
 * @param since as for listStalePlayers
 * @returns how many shares there were
 */
export async function forStalePlayers(
  clickhouse: ClickHouse,
  { run, since }: { readonly run: number; readonly since: number | null },
  work: (share: Share) => Promise<void>,
): Promise<number> {
  let shares = 0
  try {
    await listStalePlayers(clickhouse, run, since)
    let share = await nextShare(clickhouse, run)
    for (; share; share = await nextShare(clickhouse, run, share)) {
      await work(share)
      shares += 1
    }
  } finally {
    await forgetWork(clickhouse, run)
  }
  return shares
}

/**
 * @param dormantAfterDays whole days (UTC) without an event after which a player is dormant
 * @param random numbers from 0 to 1
 * @param overlapMs as for changesSince
 */
export function playersJob(
  dormantAfterDays: number,
  { random = Math.random, overlapMs = VISIBLE_WITHIN_MS } = {},
): Job {
  return afterFacts({
    name: 'players',
    async run(clickhouse: ClickHouse, watermark: number): Promise<JobResult> {
      const now = await clickhouseNow(clickhouse)
      const run = runNumber(now, random)
      const isRuleNew = (await dormantRule(clickhouse)) !== dormantAfterDays
      const since = isRuleNew ? null : changesSince(watermark, now, CHANGES_KEPT_MS, overlapMs)
      const rule = { dormant_after_days: dormantAfterDays, writtenAt: now }
      await placePayments(clickhouse, since)
      const shares = await forStalePlayers(clickhouse, { run, since }, (share) =>
        writeLifecycles(clickhouse, share, rule),
      )
      if (isRuleNew) await setDormantRule(clickhouse, dormantAfterDays)
      return { watermark: now, rows: shares === 0 ? 0 : await countWritten(clickhouse, now) }
    },
  })
}
