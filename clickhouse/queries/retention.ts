/**
 * Deleting what a site no longer keeps.
 *
 * - A day is noted in retention_cuts before its rows are deleted: nothing derived is computed again from what is left of it, and a run
 *   that was killed between the two deletes again.
 * - A month that only holds days to delete, and that no site still keeps, is dropped as a partition: at once, and the disk is free.
 *   Other days are deleted by mask (lightweight delete), which rewrites no column; their disk is free when parts merge.
 */
import type { ClickHouse } from '../client.ts'

/** A site and its settings, as the registry has them. */
export interface SiteOfRetention {
  readonly site_id: string
  readonly time_zone: string
  readonly settings: string
}

export const sitesOfRetention = (clickhouse: ClickHouse) =>
  clickhouse.rows<SiteOfRetention>(
    "SELECT site_id, if(time_zone = '', 'UTC', time_zone) AS time_zone, settings FROM sites ORDER BY site_id",
  )

/** Rows by day that may go. `month` is the partition, `202601`. */
export interface DayToCut {
  readonly site_id: string
  readonly event_date: string
  readonly month: string
  readonly rows: number
}

/** What is deleted by days, and the tables behind it. */
const TABLES = { events: 'events_log', page_hours: 'page_hours_log', sessions: 'sessions_log' } as const
export type CutSubject = keyof typeof TABLES

/**
 * Raw events may go when everything that is computed from them is: the day is closed and its page analytics folded, or it was cut before.
 */
const EVENTS_MAY_GO = `(
    (site_id, event_date) IN (SELECT site_id, event_date FROM retention_cuts WHERE subject = 'events')
    OR ((site_id, event_date) IN (
      SELECT closed.site_id, closed.event_date FROM closed_days AS closed
      LEFT ANY JOIN (SELECT site_id, event_date, max(arrived_at) AS late_at FROM late_days GROUP BY site_id, event_date) AS late
        ON late.site_id = closed.site_id AND late.event_date = closed.event_date
      WHERE late.late_at <= subtractMilliseconds(closed.counted_at, {settling_ms:UInt32}))
    AND (folded_at > toDateTime64(0, 3, 'UTC') OR NOT has_pages) AND (last_at <= subtractMilliseconds(folded_at, {settling_ms:UInt32}) OR NOT has_pages)))`

/** Days of a site before `before` whose rows may go. @param settlingMs how long after an event arrived what is computed may lack it */
export function daysToCut(
  clickhouse: ClickHouse,
  subject: CutSubject,
  site: { readonly site_id: string; readonly before: string },
  settlingMs: number,
): Promise<DayToCut[]> {
  const days = `
    SELECT toString(site_id) AS site_id, event_date, toString(toYYYYMM(event_date)) AS month, count() AS rows
      ${subject === 'events' ? ", countIf(event_type = 'page_view' OR session_id != '') > 0 AS has_pages" : ''}
    FROM ${TABLES[subject]}
    WHERE site_id = {site_id:String} AND event_date < {before:Date}
    GROUP BY site_id, event_date, month`
  if (subject !== 'events') return clickhouse.rows<DayToCut>(`${days} ORDER BY event_date`, site)
  return clickhouse.rows<DayToCut>(
    `SELECT site_id, event_date, month, rows FROM (
       SELECT days.site_id AS site_id, days.event_date AS event_date, days.month AS month, days.rows AS rows,
         days.has_pages AS has_pages, folds.folded_at AS folded_at, arrivals.last_at AS last_at
       FROM (${days}) AS days
       LEFT ANY JOIN (SELECT site_id, event_date, folded_at FROM page_folds FINAL) AS folds
         ON folds.site_id = days.site_id AND folds.event_date = days.event_date
       LEFT ANY JOIN (SELECT site_id, event_date, max(arrived_at) AS last_at FROM page_events GROUP BY site_id, event_date) AS arrivals
         ON arrivals.site_id = days.site_id AND arrivals.event_date = days.event_date)
     WHERE ${EVENTS_MAY_GO}
     ORDER BY event_date`,
    { ...site, settling_ms: settlingMs },
  )
}

/** Months, as partitions, of which nothing but these days is there. */
export async function wholeMonths(
  clickhouse: ClickHouse,
  subject: CutSubject,
  days: readonly DayToCut[],
): Promise<string[]> {
  const months = await clickhouse.rows<{ month: string; rows: number }>(
    `SELECT toString(toYYYYMM(event_date)) AS month, count() AS rows FROM ${TABLES[subject]}
     WHERE toString(toYYYYMM(event_date)) IN {months:Array(String)} GROUP BY month`,
    { months: [...new Set(days.map(({ month }) => month))] },
  )
  const cut = (month: string) => days.reduce((sum, day) => (day.month === month ? sum + day.rows : sum), 0)
  return months.filter(({ month, rows }) => rows === cut(month)).map(({ month }) => month)
}

/** Notes days that are about to be deleted. */
export async function noteCuts(clickhouse: ClickHouse, subject: CutSubject, days: readonly DayToCut[]) {
  await clickhouse.insertLines(
    'retention_cuts',
    days.map(({ site_id, event_date, rows }) =>
      JSON.stringify({ subject, site_id, event_date, rows, cut_at: Date.now() }),
    ),
  )
}

/** Drops a month's partition. */
export const dropMonth = (clickhouse: ClickHouse, subject: CutSubject, month: string) =>
  clickhouse.command(`ALTER TABLE ${TABLES[subject]} DROP PARTITION {month:String}`, { month })

/** Deletes a site's days by mask. */
export const deleteDays = (
  clickhouse: ClickHouse,
  subject: CutSubject,
  site_id: string,
  days: readonly string[],
) =>
  clickhouse.command(
    `DELETE FROM ${TABLES[subject]} WHERE site_id = {site_id:String} AND event_date IN {days:Array(Date)}`,
    { site_id, days },
  )

/** What is deleted by the instant of each row, with the table's column of it. */
const BY_INSTANT = {
  rejected_events: { table: 'rejected_events_log', instant: 'rejected_at', may: '1' },
  // Only of folded days, with nothing new since: others are answered from these rows.
  page_minutes: {
    table: 'page_events',
    instant: 'occurred_at',
    may: `(event_date, 1) IN (
      SELECT arrivals.event_date, folds.folded_at > addMinutes(arrivals.last_at, 1)
      FROM (SELECT event_date, max(arrived_at) AS last_at FROM page_events WHERE site_id = {site_id:String} GROUP BY event_date) AS arrivals
      INNER JOIN (SELECT event_date, folded_at FROM page_folds FINAL WHERE site_id = {site_id:String}) AS folds USING (event_date))`,
  },
} as const

/**
 * Deletes a site's rows before an instant (ms), by mask. Rejected events of no known site go by the site ''.
 * @returns rows deleted
 */
export async function deleteBefore(
  clickhouse: ClickHouse,
  subject: keyof typeof BY_INSTANT,
  site: { readonly site_id: string; readonly before: number },
): Promise<number> {
  const { table, instant, may } = BY_INSTANT[subject]
  const days = await clickhouse.rows<{ event_date: string; rows: number }>(
    `SELECT ${subject === 'page_minutes' ? 'event_date' : `toDate(${instant})`} AS event_date, count() AS rows FROM ${table}
     WHERE site_id = {site_id:String} AND ${instant} < fromUnixTimestamp64Milli({before:Int64}, 'UTC') AND ${may}
     GROUP BY event_date`,
    site,
  )
  if (days.length === 0) return 0
  const day = subject === 'page_minutes' ? 'event_date' : `toDate(${instant})`
  await clickhouse.command(
    `DELETE FROM ${table} WHERE site_id = {site_id:String} AND ${instant} < fromUnixTimestamp64Milli({before:Int64}, 'UTC')
       AND ${day} IN {days:Array(Date)}`,
    { ...site, days: days.map(({ event_date }) => event_date) },
  )
  return days.reduce((sum, { rows }) => sum + rows, 0)
}
