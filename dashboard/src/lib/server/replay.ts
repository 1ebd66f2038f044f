/** Counts what was refused, judged again by the edge; says beforehand which numbers change. */
import { type ClickHouse, connectClickHouse } from '@rtpx/clickhouse/client'
import { clickhouseConnection } from '@rtpx/clickhouse/config'
import type { RejectedRow } from '@rtpx/clickhouse/queries/rejected'
import {
  carryOut,
  type JudgeAgain,
  type Plan,
  planReplay,
  type Verdict,
} from '@rtpx/clickhouse/replay/replay'
import type { ReplayReport } from '#lib/quality.ts'
import type { Config } from './config.ts'
import type { Opened } from './page.ts'
import { qualityDays } from './quality.ts'

/** Refusals of one replay; the command line takes more. */
const MOST = 5_000
const SHOWN = 500
/** The edge takes half a megabyte at least. */
const BODY_BYTES = 400_000
const EDGE_TIMEOUT_MS = 10_000
const LONG_MS = 300_000

/** The edge does not answer, or does not let the dashboard ask. */
export class EdgeUnavailable extends Error {}

/** What takes longer than a page waits: its own connection, closed afterwards. */
export async function withPatience<T>(
  config: Config,
  run: (clickhouse: ClickHouse) => Promise<T>,
): Promise<T> {
  const clickhouse = connectClickHouse({ ...clickhouseConnection(config), requestTimeoutMs: LONG_MS })
  try {
    return await run(clickhouse)
  } finally {
    await clickhouse.close()
  }
}

/**
 * Replays the refusals of a reason in the chosen range, for the chosen site.
 * @param isDry only says what would change
 * @throws EdgeUnavailable, or what the ClickHouse client throws
 */
export async function replay(opened: Opened, reason: string, isDry: boolean): Promise<ReplayReport> {
  const { config } = opened.services
  const { starts_at, ends_at, site_id } = qualityDays(opened)
  const filter = { reason, sinceMs: starts_at, untilMs: ends_at }
  return withPatience(config, async (clickhouse) => {
    const plan = await planReplay(clickhouse, judgeBy(config), filter, site_id, MOST)
    if (!isDry) await carryOut(clickhouse, plan, Date.now)
    return reportOf(plan, reason, !isDry)
  })
}

function judgeBy({ EDGE_URL, EDGE_INTERNAL_URL }: Config): JudgeAgain {
  const url = `${(EDGE_INTERNAL_URL || EDGE_URL).replace(/\/+$/, '')}/judge`
  return async (rows) => {
    const verdicts: Verdict[] = []
    for (const body of bodies(rows)) {
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        redirect: 'error',
        signal: AbortSignal.timeout(EDGE_TIMEOUT_MS),
      }).catch(() => {
        throw new EdgeUnavailable('the edge does not answer')
      })
      if (!answer.ok) throw new EdgeUnavailable(`the edge answers ${answer.status}`)
      verdicts.push(...((await answer.json()) as Verdict[]))
    }
    return verdicts
  }
}

/** The rows as JSON arrays of bounded length. */
function* bodies(rows: readonly RejectedRow[]): Generator<string> {
  let part: string[] = []
  let bytes = 0
  for (const { rejected_id, rejected_at, raw, sender } of rows) {
    const report = JSON.stringify({ rejected_id, rejected_at, raw, sender })
    if (bytes + report.length * 3 > BODY_BYTES && part.length > 0) {
      yield `[${part.join(',')}]`
      part = []
      bytes = 0
    }
    part.push(report)
    bytes += Buffer.byteLength(report) + 1
  }
  if (part.length > 0) yield `[${part.join(',')}]`
}

function reportOf(
  { taken, refused, incomplete, stored, changes, isPartial }: Plan,
  reason: string,
  done: boolean,
) {
  const still = Map.groupBy(refused, ({ refusal }) => refusal.code)
  return {
    done,
    reason,
    taken: taken.length,
    stored: stored.size,
    refused: [...still].map(([reason, list]) => ({ reason, count: list.length })),
    incomplete,
    is_partial: isPartial,
    changes: changes.slice(0, SHOWN).map(({ site_id: _, ...change }) => change),
    changed: changes.length,
  }
}
