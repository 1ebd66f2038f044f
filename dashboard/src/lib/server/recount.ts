/** One day of a site counted again from its events and compared with every derived table. It changes no number; what differs is noted. */
import { hasItsEvents } from '@rtpx/clickhouse/queries/closed-days'
import { writeDifferences } from '@rtpx/clickhouse/queries/recount'
import { recountChecks } from '@rtpx/clickhouse/recount/index'
import { checksOfDay, lastingDifferences } from '@rtpx/clickhouse/recount/lasting'
import type { RecountReport } from '#lib/quality.ts'
import type { Opened } from './page.ts'
import { withPatience } from './replay.ts'

const PAUSE_MS = 1_000
/** One recount of a site at a time: each reads all of a day. */
const running = new Set<string>()

/** A recount of this site is under way. */
export class RecountRuns extends Error {}

/** @throws RecountRuns, or what the ClickHouse client throws */
export async function recount(opened: Opened, event_date: string): Promise<RecountReport> {
  const { site_id } = opened.site
  if (running.has(site_id)) throw new RecountRuns()
  running.add(site_id)
  try {
    return await withPatience(opened.services.config, async (clickhouse) => {
      const day = { site_id, event_date }
      const recounted_at = opened.now
      if (!(await hasItsEvents(clickhouse, day)))
        return { event_date, recounted_at, tables: [], differences: [], left_out: LEFT_OUT }
      const checks = await checksOfDay(clickhouse, day, recountChecks)
      const differences = await lastingDifferences(clickhouse, day, { checks, pauseMs: PAUSE_MS })
      await writeDifferences(clickhouse, differences, { recountedAt: recounted_at, repaired: false })
      return {
        event_date,
        recounted_at,
        tables: checks.map(({ table }) => table),
        differences: differences.map(({ table, key, expected, stored }) => ({
          recounted_at,
          event_date,
          derived: table,
          key: JSON.stringify(key),
          expected: expected ? JSON.stringify(expected) : '',
          stored: stored ? JSON.stringify(stored) : '',
          repaired: false,
        })),
        left_out: '',
      }
    })
  } finally {
    running.delete(site_id)
  }
}

const LEFT_OUT = 'Its events are no longer all kept, so it cannot be counted again; what was counted stands.'
