/** How far the counting of days has come, asked once for every question that depends on it. */
import { foldState } from '@rtpx/clickhouse/queries/day-counts'
import type { Services } from './clickhouse.ts'

/** How long the jobs may not have counted anything that waits, before a settled day's answer looks for what they left. */
const BEHIND_MS = 10_000
/** How old a shared answer may be, in ms: it only ever gets better, so one that is good enough stays so for a while. */
const GOOD_ENOUGH_MS = 5_000
const READ_AGAIN_MS = 500

type Asked = Pick<Services, 'clickhouse' | 'share'>

/** Whether to count what is not counted yet; of days that are settled only when something waits that nobody counts within moments. */
export async function readUncounted(asked: Asked, isOpen: boolean): Promise<boolean> {
  if (isOpen) return true
  const isBehind = async (maxAge: number) => Date.now() - (await countedThrough(asked, maxAge)) > BEHIND_MS
  return (await isBehind(GOOD_ENOUGH_MS)) && isBehind(READ_AGAIN_MS)
}

/** Up to when everything is counted, ms since 1970: up to now, where nothing waits. */
const countedThrough = ({ clickhouse, share }: Asked, maxAge: number) =>
  share('counting', maxAge, async () => {
    const askedAt = Date.now()
    const { waiting, taken, foldedAt } = await foldState(clickhouse)
    return waiting + taken === 0 ? askedAt : foldedAt
  })
