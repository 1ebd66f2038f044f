/**
 * Traffic as counts, for the job that looks for anomalies: minutes folded into slots of five minutes, and forecasts by hour.
 * Times are seconds since 1970 where ClickHouse keeps seconds, else milliseconds; a slot is five minutes since 1970.
 */
import type { ClickHouse } from '../client.ts'
import type { SeriesKey } from './anomalies.ts'

/** Counts of one site, type and banner; places without events are absent. */
export interface Counts extends SeriesKey {
  /** Slots or minutes since 1970. */
  readonly at: number[]
  readonly n: number[]
}

/** What is expected in one hour. */
export interface Forecast {
  /** Events expected in each five minutes of the hour. */
  readonly expected: number[]
  readonly base: number
  readonly level: number
  readonly dispersion: number
  readonly clustering: number
  readonly weeks: number
}

/** A stored forecast. */
export interface ForecastRow extends SeriesKey, Forecast {
  /** Hours since 1970. */
  readonly hour: number
}

/** Days (in UTC, days since 1970) that events have touched since an instant of ClickHouse's clock, ms. */
export async function touchedDays(clickhouse: ClickHouse, sinceMs: number): Promise<number[]> {
  const rows = await clickhouse.rows<{ day: number }>(
    `SELECT DISTINCT toUInt32(toDate(minute)) AS day FROM traffic_minutes
     WHERE changed_at >= fromUnixTimestamp64Milli({sinceMs:Int64}, 'UTC') ORDER BY day`,
    { sinceMs },
  )
  return rows.map(({ day }) => day)
}

/** Folds the minutes of one day that were touched since then into slots. Doing it again changes nothing. */
export async function foldDay(clickhouse: ClickHouse, day: number, sinceMs: number): Promise<void> {
  await clickhouse.command(
    `INSERT INTO traffic_slots (site_id, starts_at, event_type, banner_tag, count)
     SELECT site_id, toStartOfFiveMinutes(minute) AS starts_at, event_type, banner_tag,
       uniqCombined64Merge(14)(events) AS count
     FROM traffic_minutes
     WHERE minute >= toDateTime({from:UInt32}, 'UTC') AND minute < toDateTime({to:UInt32}, 'UTC')
       AND toStartOfFiveMinutes(minute) IN (
         SELECT DISTINCT toStartOfFiveMinutes(minute) FROM traffic_minutes
         WHERE minute >= toDateTime({from:UInt32}, 'UTC') AND minute < toDateTime({to:UInt32}, 'UTC')
           AND changed_at >= fromUnixTimestamp64Milli({sinceMs:Int64}, 'UTC'))
     GROUP BY site_id, starts_at, event_type, banner_tag
     HAVING count > 0`,
    { from: day * 86_400, to: (day + 1) * 86_400, sinceMs },
  )
}

/**
 * Sites that are being filled with the past: more than stragglers of before `before` arrived since `sinceMs`.
 * @param before seconds. @param sinceMs of ClickHouse's clock
 */
export async function importingSites(
  clickhouse: ClickHouse,
  before: number,
  sinceMs: number,
): Promise<string[]> {
  const rows = await clickhouse.rows<{ site_id: string }>(
    `SELECT site_id FROM traffic_minutes
     WHERE changed_at >= fromUnixTimestamp64Milli({sinceMs:Int64}, 'UTC') AND minute < toDateTime({before:UInt32}, 'UTC')
     GROUP BY site_id HAVING uniq(toStartOfFiveMinutes(minute)) > 24`,
    { before, sinceMs },
  )
  return rows.map(({ site_id }) => site_id)
}

/** When the edge took the newest event of all, ms; 0 when there is none. */
export async function newestArrival(clickhouse: ClickHouse): Promise<number> {
  const [row] = await clickhouse.rows<{ newest: number }>(
    'SELECT toUnixTimestamp64Milli(max(last_created_at)) AS newest FROM traffic_minutes',
  )
  return row?.newest ?? 0
}

/** The first minute after one (minutes since 1970) with an event of any site; undefined without. */
export async function firstMinuteAfter(clickhouse: ClickHouse, minute: number): Promise<number | undefined> {
  const [row] = await clickhouse.rows<{ first: number }>(
    `SELECT intDiv(toUnixTimestamp(min(minute)), 60) AS first FROM traffic_minutes
     WHERE minute > toDateTime({after:UInt32}, 'UTC')`,
    { after: minute * 60 },
  )
  return row?.first || undefined
}

/** The first slot with events of each site that has any. */
export function firstSlots(clickhouse: ClickHouse, sites: readonly string[]) {
  return clickhouse.rows<{ site_id: string; slot: number }>(
    `SELECT site_id, intDiv(toUnixTimestamp(min(starts_at)), 300) AS slot FROM traffic_slots
     WHERE site_id IN {sites:Array(String)} GROUP BY site_id`,
    { sites },
  )
}

/** Counts by slot of some sites. @param ranges up to four, [from, to) in slots */
export function slotCounts(
  clickhouse: ClickHouse,
  sites: readonly string[],
  ranges: readonly (readonly [from: number, to: number])[],
): Promise<Counts[]> {
  const where = ranges.map(
    (_, at) =>
      `starts_at >= toDateTime({from${at}:UInt32}, 'UTC') AND starts_at < toDateTime({to${at}:UInt32}, 'UTC')`,
  )
  const places = ranges.flatMap(([from, to], at) => [
    [`from${at}`, from * 300],
    [`to${at}`, to * 300],
  ])
  return clickhouse.rows<Counts>(
    `SELECT site_id, event_type, banner_tag, groupArray(intDiv(toUnixTimestamp(starts_at), 300)) AS at, groupArray(count) AS n
     FROM traffic_slots FINAL
     WHERE site_id IN {sites:Array(String)} AND (${where.join(' OR ')})
     GROUP BY site_id, event_type, banner_tag`,
    { sites, ...Object.fromEntries(places) },
  )
}

/** Counts by minute of some sites, from a minute (since 1970) on. */
export function minuteCounts(clickhouse: ClickHouse, sites: readonly string[], from: number) {
  return clickhouse.rows<Counts>(
    `SELECT site_id, event_type, banner_tag, groupArray(at) AS at, groupArray(n) AS n
     FROM (
       SELECT site_id, event_type, banner_tag, intDiv(toUnixTimestamp(minute), 60) AS at, uniqCombined64Merge(14)(events) AS n
       FROM traffic_minutes
       WHERE minute >= toDateTime({from:UInt32}, 'UTC') AND site_id IN {sites:Array(String)}
       GROUP BY site_id, event_type, banner_tag, minute)
     GROUP BY site_id, event_type, banner_tag`,
    { sites, from: from * 60 },
  )
}

/**
 * The series with at least an event an hour on average over four weeks, or since they began: of sites, types and banners.
 * @param to slot. @returns with the first slot that had an event
 */
export function busySeries(clickhouse: ClickHouse, sites: readonly string[], to: number) {
  return clickhouse.rows<SeriesKey & { first: number }>(
    `SELECT site_id, if(grouping(type) = 0, type, '') AS event_type, if(grouping(banner) = 0, banner, '') AS banner_tag,
       intDiv(toUnixTimestamp(min(starts_at)), 300) AS first
     FROM (SELECT site_id, starts_at, event_type AS type, banner_tag AS banner, count FROM traffic_slots FINAL)
     WHERE site_id IN {sites:Array(String)}
       AND starts_at >= toDateTime({from:UInt32}, 'UTC') AND starts_at < toDateTime({to:UInt32}, 'UTC')
     GROUP BY GROUPING SETS ((site_id), (site_id, type), (site_id, type, banner))
     HAVING sum(count) * 12 >= {to:UInt32} / 300 - first AND NOT (grouping(banner) = 0 AND banner = '')`,
    { sites, from: Math.max(0, to * 300 - 29 * 86_400), to: to * 300 },
  )
}

/** Forecasts of some sites for hours [from, to), hours since 1970. */
export function forecasts(clickhouse: ClickHouse, sites: readonly string[], from: number, to: number) {
  return clickhouse.rows<ForecastRow>(
    `SELECT site_id, event_type, banner_tag, intDiv(toUnixTimestamp(hour), 3600) AS hour, expected, base, level, dispersion, clustering, weeks
     FROM traffic_forecasts AS f FINAL
     WHERE site_id IN {sites:Array(String)}
       AND f.hour >= toDateTime({from:UInt32}, 'UTC') AND f.hour < toDateTime({to:UInt32}, 'UTC')`,
    { sites, from: from * 3600, to: to * 3600 },
  )
}

/** What is expected of some sites together, in events and in clusters of events that come alone, by slot, in hours [from, to); hours since 1970. */
export function expectedOfSites(clickhouse: ClickHouse, sites: readonly string[], from: number, to: number) {
  return clickhouse.rows<{ slot: number; events: number; clusters: number }>(
    `SELECT intDiv(toUnixTimestamp(hour), 300) + place - 1 AS slot, sum(one) AS events, sum(one / clustering) AS clusters
     FROM (
       SELECT hour, clustering, expected AS slots FROM traffic_forecasts FINAL
       WHERE site_id IN {sites:Array(String)} AND event_type = '' AND banner_tag = ''
         AND hour >= toDateTime({from:UInt32}, 'UTC') AND hour < toDateTime({to:UInt32}, 'UTC'))
     ARRAY JOIN slots AS one, arrayEnumerate(slots) AS place
     GROUP BY slot`,
    { sites, from: from * 3600, to: to * 3600 },
  )
}

/** The last forecast hour of each site that has one, and how many series it has. Hours since 1970. */
export function lastForecasts(clickhouse: ClickHouse) {
  return clickhouse.rows<{ site_id: string; hour: number; totals: number; banners: number }>(
    `SELECT site_id, intDiv(toUnixTimestamp(max(f.hour)), 3600) AS hour, uniqIf(event_type, banner_tag = '') AS totals,
       uniqIf((event_type, banner_tag), banner_tag != '') AS banners
     FROM traffic_forecasts AS f
     WHERE (site_id, f.hour) IN (SELECT site_id, max(hour) FROM traffic_forecasts GROUP BY site_id)
     GROUP BY site_id`,
  )
}

/** Keeps forecasts. @param madeAt ms */
export async function writeForecasts(
  clickhouse: ClickHouse,
  rows: readonly ForecastRow[],
  madeAt: number,
): Promise<void> {
  if (rows.length === 0) return
  const lines = rows.map((row) => JSON.stringify({ ...row, hour: row.hour * 3600, made_at: madeAt }))
  await clickhouse.insertLines('traffic_forecasts', lines)
}
