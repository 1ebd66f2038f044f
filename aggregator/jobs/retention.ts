/**
 * Retention: deletes what a site no longer keeps. Safe to run twice, at the same time, or again after being killed.
 *
 * - How long is each site's choice: `retention` in its settings, else the aggregator's settings. What can't be read as a number of the
 *   allowed size counts as not chosen: nothing is deleted on a misprint.
 * - Counts of days, page_days and players are computed before raw events go, and stay as they are.
 */
import type { ClickHouse } from '@rtpx/clickhouse/client'
import { dropFold, staleFolds } from '@rtpx/clickhouse/queries/page-folds'
import { clickhouseNow } from '@rtpx/clickhouse/queries/players'
import {
  type CutSubject,
  type DayToCut,
  daysToCut,
  deleteBefore,
  deleteDays,
  dropMonth,
  noteCuts,
  sitesOfRetention,
  wholeMonths,
} from '@rtpx/clickhouse/queries/retention'
import type { Job, JobResult } from '../job.ts'
import { localDay } from './pages.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** How long a site keeps what; 0 keeps it for ever. */
export interface Retention {
  /** Raw events, by their day. */
  readonly events_days: number
  /** Single page views behind page_minutes, by their instant, once their day is folded; they are never kept longer than 73 hours. */
  readonly page_minutes_hours: number
  /** page_hours. */
  readonly page_hours_days: number
  /** Sessions. */
  readonly sessions_days: number
  /** Rejected events; never kept longer than 90 days. */
  readonly rejected_days: number
}

/** The shortest that may be chosen: browsers may send what happened up to 7 days before. */
const LEAST: Retention = {
  events_days: 8,
  page_minutes_hours: 1,
  page_hours_days: 1,
  sessions_days: 1,
  rejected_days: 1,
}

/** What a site keeps. Pure. @param settings the site's settings, JSON */
export function retentionOf(settings: string, defaults: Retention): Retention {
  let chosen: Partial<Record<string, unknown>> = {}
  try {
    const { retention } = JSON.parse(settings) as { retention?: Record<string, unknown> }
    chosen = retention ?? {}
  } catch {
    return defaults
  }
  const chosenOf = (key: keyof Retention) => {
    const value = chosen[key]
    const isAllowed = Number.isSafeInteger(value) && (value === 0 || Number(value) >= LEAST[key])
    return isAllowed ? Number(value) : defaults[key]
  }
  return {
    events_days: chosenOf('events_days'),
    page_minutes_hours: chosenOf('page_minutes_hours'),
    page_hours_days: chosenOf('page_hours_days'),
    sessions_days: chosenOf('sessions_days'),
    rejected_days: chosenOf('rejected_days'),
  }
}

/**
 * @param defaults what a site keeps that chose nothing
 * @param settlingMs how long after an event arrived what is computed may still lack it
 */
export function retentionJob(defaults: Retention, settlingMs = 60_000): Job {
  return {
    name: 'retention',
    async run(clickhouse: ClickHouse): Promise<JobResult> {
      const nowMs = await clickhouseNow(clickhouse)
      const sites = (await sitesOfRetention(clickhouse)).map(({ site_id, time_zone, settings }) => ({
        site_id,
        keeps: retentionOf(settings, defaults),
        before: (days: number) => localDay(time_zone, nowMs - days * DAY_MS),
      }))
      let rows = 0
      for (const [subject, key] of BY_DAY) {
        const bounds = sites.flatMap(({ site_id, keeps, before }) =>
          keeps[key] > 0 ? [{ site_id, before: before(keeps[key]) }] : [],
        )
        rows += await cut(clickhouse, subject, bounds, {
          everySite: bounds.length === sites.length,
          settlingMs,
        })
      }
      const instants = [...sites, { site_id: '', keeps: defaults }]
      for (const { site_id, keeps } of instants) {
        const { page_minutes_hours: hours, rejected_days: days } = keeps
        if (hours > 0)
          rows += await deleteBefore(clickhouse, 'page_minutes', { site_id, before: nowMs - hours * HOUR_MS })
        if (days > 0)
          rows += await deleteBefore(clickhouse, 'rejected_events', {
            site_id,
            before: nowMs - days * DAY_MS,
          })
      }
      for (const fold of await staleFolds(clickhouse)) {
        await dropFold(clickhouse, fold)
        rows += fold.rows
      }
      return { watermark: nowMs, rows }
    },
  }
}

const BY_DAY = [
  ['events', 'events_days'],
  ['page_hours', 'page_hours_days'],
  ['sessions', 'sessions_days'],
] as const satisfies (readonly [CutSubject, keyof Retention])[]

/**
 * Deletes the sites' days before their bounds.
 * @param options.everySite whether every site has a bound, so that a month before all of them can be dropped whole
 * @returns rows deleted
 */
async function cut(
  clickhouse: ClickHouse,
  subject: CutSubject,
  bounds: readonly { readonly site_id: string; readonly before: string }[],
  { everySite, settlingMs }: { readonly everySite: boolean; readonly settlingMs: number },
): Promise<number> {
  const days: DayToCut[] = []
  for (const bound of bounds) days.push(...(await daysToCut(clickhouse, subject, bound, settlingMs)))
  if (days.length === 0) return 0
  await noteCuts(clickhouse, subject, days)
  const oldest = bounds.map(({ before }) => before).sort()[0] ?? ''
  const months = everySite
    ? (await wholeMonths(clickhouse, subject, days)).filter((month) => isBefore(month, oldest))
    : []
  for (const month of months) await dropMonth(clickhouse, subject, month)
  for (const { site_id } of bounds) {
    const left = days.filter((day) => day.site_id === site_id && !months.includes(day.month))
    if (left.length > 0)
      await deleteDays(
        clickhouse,
        subject,
        site_id,
        left.map(({ event_date }) => event_date),
      )
  }
  return days.reduce((sum, { rows }) => sum + rows, 0)
}

/** Whether all days of a month (`202601`) are before a day (`2026-02-01`). */
const isBefore = (month: string, day: string) => month < day.slice(0, 7).replace('-', '')
