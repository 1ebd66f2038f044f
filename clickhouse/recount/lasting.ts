/**
 * Differences of a day that last: what differs because the day is moving while it is read is not a difference; only what is the same in
 * every one of a few readings is.
 */
import type { ClickHouse } from '../client.ts'
import { takeUpFacts } from '../queries/facts.ts'
import { hasErasedEvents } from '../queries/recount.ts'
import { type RecountCheck, type RecountDifference, recountDay, type SiteDay } from './check.ts'

const READINGS = 3
/** Tables that can be told from what is left of a day after a player was erased. */
const WITHOUT_ERASED = ['event_totals', 'event_quarters', 'players']

export interface LastingOptions {
  readonly checks: readonly RecountCheck[]
  /** Between two readings of a difference; ms. */
  readonly pauseMs: number
}

/** What a day is checked for: pages and payments of erased players stand, but can no longer be told from events. */
export async function checksOfDay(
  clickhouse: ClickHouse,
  day: SiteDay,
  checks: readonly RecountCheck[],
): Promise<readonly RecountCheck[]> {
  if (!(await hasErasedEvents(clickhouse, day))) return checks
  return checks.filter(({ table }) => WITHOUT_ERASED.includes(table))
}

/** Compares a day with each check; what differs at first is looked at again with all that differs, after a pause. */
export async function lastingDifferences(
  clickhouse: ClickHouse,
  day: SiteDay,
  { checks, pauseMs }: LastingOptions,
): Promise<RecountDifference[]> {
  let found: { readonly check: RecountCheck; readonly differences: readonly RecountDifference[] }[] = []
  for (const check of checks) found.push({ check, ...(await recountDay(clickhouse, check, day)) })
  for (let reading = 1; reading < READINGS; reading += 1) {
    found = found.filter(({ differences }) => differences.length > 0)
    if (found.length === 0) break
    await Bun.sleep(pauseMs)
    await takeUpFacts(clickhouse)
    const lasting: typeof found = []
    for (const { check, differences } of found) {
      const again = new Set(
        (await recountDay(clickhouse, check, day)).differences.map((one) => JSON.stringify(one)),
      )
      lasting.push({ check, differences: differences.filter((one) => again.has(JSON.stringify(one))) })
    }
    found = lasting
  }
  return found.flatMap(({ differences }) => differences)
}
