/**
 * What the dashboard and the API ask. Every number follows one rule: a player counts once per site, day and type. The views they are
 * read from add up dated changes and never count a whole day again. Values are bound.
 */
import type { ClickHouse } from '../client.ts'
import { inView } from './banner-groups.ts'
import { uncountedCredits } from './uncounted-days.ts'

export interface Site {
  readonly site_id: string
  readonly name: string
  readonly time_zone: string
}

/** Days in the site's time zone, both included. */
export interface Days {
  readonly site_id: string
  readonly from: string
  readonly to: string
}

/** A count that is either of a bucket (over all banners) or of a banner (over all buckets), never of both. */
export interface BucketOrBannerCount<Bucket> {
  readonly event_type: string
  readonly bucket: Bucket | null
  readonly banner_tag: string | null
  readonly count: number
}

/** At most so many rows are read, buckets before banners: banners it leaves out are the difference to the totals. */
const MAX_ROWS = 100_000

/** Conditions on the days of a question. */
export const IN_DAYS = 'event_date BETWEEN {from:Date} AND {to:Date}'
const ON_DAY = 'event_date = {day:Date}'
const OF_SITE = 'site_id = {site_id:String}'
/** player_days may still hold a closed day: it counts by day_counts_log alone. Asked for the days in question, so that few parts are read. */
const isOpen = (dates: string) =>
  `event_date NOT IN (SELECT event_date FROM day_counts_log WHERE event_type = '' AND ${OF_SITE} AND ${dates})`
/** Whose players count: one banner's, those of all that begin with one of these prefixes, or, with null, everyone's. */
export type Banners = string | readonly string[] | null

const isOne = (banners: Banners): banners is string => typeof banners === 'string'

/** A condition on `banner_tag`, to follow other ones. Values: `bannersParams`. */
export const ofBanners = (banners: Banners) => {
  if (banners === null) return ''
  return isOne(banners) ? 'AND banner_tag = {banner_tag:String}' : inView({ banner_prefixes: banners })
}
export const bannersParams = (banners: Banners) => ({
  banner_tag: isOne(banners) ? banners : null,
  banner_prefixes: banners === null || isOne(banners) ? [] : [...banners],
})

/**
 * Whether a question counts what is not counted yet, the last second or two of arrivals: most of its cost. Without it the answer is that
 * much older.
 */
export type Uncounted = boolean

/** When count-days last counted anything, ms since 1970; 0 for never. */
export async function lastCounted(clickhouse: ClickHouse): Promise<number> {
  const [row] = await clickhouse.rows<{ at: number }>(
    'SELECT toUnixTimestamp64Milli(max(folded_at)) AS at FROM day_folds',
  )
  return row?.at ?? 0
}

/** What is read of each of the tables that counts are the sum of. */
export interface Changes {
  /** A condition on event_date. */
  readonly dates: string
  /** What to tell, of event_date, event_type, banner_tag and quarter. */
  readonly columns: string
  /** What to add up by: `columns` without their names. */
  readonly by: string
  /** More to narrow by, as `AND …`. */
  readonly condition?: string
}

const sums = (table: string, { dates, columns, by, condition = '' }: Changes, where: string) =>
  `SELECT ${columns}, sum(count) AS change FROM ${table} WHERE ${OF_SITE} AND ${dates} AND ${where} ${condition} GROUP BY ${by}`

const united = (selects: readonly string[]) => selects.join('\n      UNION ALL ')

/** A SELECT of `columns` and `change` of closed days. */
const closedDays = (changes: Changes, where = "event_type != ''") => sums('day_counts_log', changes, where)

/**
 * The same of the open days: rows that are still to come before those that are counted. This order, and tables named in one statement,
 * are what keeps a row from being missed or counted twice that is counted while the question reads (migration 0026).
 */
const openDays = (uncounted: Uncounted, changes: Changes, where = 'true', whereUncounted = where) =>
  united([
    ...(uncounted
      ? [
          uncountedCredits(
            changes.columns,
            changes.dates,
            `${isOpen(changes.dates)} AND ${whereUncounted} ${changes.condition ?? ''}`,
          ),
        ]
      : []),
    sums('player_days', changes, `${isOpen(changes.dates)} AND ${where}`),
  ])

/** A SELECT of `columns` and `change`, whose sums are the counts. */
export const dayChanges = (uncounted: Uncounted, changes: Changes) =>
  united([closedDays(changes), openDays(uncounted, changes)])

/** The registered sites in the order people see them: `default` first, then by name. */
export const allSites = (clickhouse: ClickHouse) =>
  clickhouse.rows<Site>(
    `SELECT site_id, name, time_zone FROM sites ORDER BY site_id != 'default', name, site_id LIMIT 1000`,
  )

/** Whether the site has ever received an event. */
export async function hasEvents(clickhouse: ClickHouse, site_id: string): Promise<boolean> {
  const sql = `
    SELECT 1 AS found FROM (
      SELECT site_id FROM events_log WHERE site_id = {site_id:String} LIMIT 1
      UNION ALL
      SELECT site_id FROM day_counts_log WHERE site_id = {site_id:String} LIMIT 1)
    LIMIT 1`
  return (await clickhouse.rows(sql, { site_id })).length > 0
}

/** The daily counts of a site, by date and type, as `daily_metrics` has them: what `GET /api/metrics` answers. */
export const dailyCounts = (clickhouse: ClickHouse, days: Days, uncounted: Uncounted) =>
  clickhouse.rows<{ event_date: string; event_type: string; count: number }>(
    `SELECT event_date, event_type, sum(change) AS count
    FROM (${dayChanges(uncounted, { dates: IN_DAYS, columns: 'event_date, event_type', by: 'event_date, event_type' })})
    GROUP BY event_date, event_type
    HAVING count > 0
    ORDER BY event_date, event_type`,
    { ...days },
  )

const NONE = 'CAST(NULL AS Nullable(String))'

/**
 * Counts by day and counts by banner in one reading, so that both add up to the same.
 * @param banners only the players credited to these
 */
export const countsByDayAndBanner = (
  clickhouse: ClickHouse,
  days: Days,
  banners: Banners,
  uncounted: Uncounted,
) =>
  clickhouse.rows<BucketOrBannerCount<string>>(
    `SELECT event_type, bucket, tag AS banner_tag, sum(change) AS count
    FROM
    (
      ${united([
        closedDays({
          dates: IN_DAYS,
          columns: `event_type, toNullable(toString(event_date)) AS bucket, ${NONE} AS tag`,
          by: 'event_type, event_date',
          condition: ofBanners(banners),
        }),
        closedDays({
          dates: IN_DAYS,
          columns: `event_type, ${NONE} AS bucket, toNullable(toString(banner_tag)) AS tag`,
          by: 'event_type, banner_tag',
          condition: ofBanners(banners),
        }),
        // Open days are few: each of their counts stands once for its day and once for its banner.
        `SELECT event_type, bucket, tag, change
      FROM (${openDays(uncounted, {
        dates: IN_DAYS,
        columns:
          'event_type, toNullable(toString(event_date)) AS day, toNullable(toString(banner_tag)) AS banner',
        by: 'event_type, event_date, banner_tag',
        condition: ofBanners(banners),
      })})
      ARRAY JOIN [day, NULL] AS bucket, [NULL, banner] AS tag`,
      ])}
    )
    GROUP BY event_type, bucket, tag
    HAVING count > 0
    ORDER BY isNull(bucket), count DESC
    LIMIT {max_rows:UInt32}`,
    { ...days, ...bannersParams(banners), max_rows: MAX_ROWS },
  )

export interface HoursOfDay {
  readonly site_id: string
  readonly day: string
  /** First instant of the day in the site's time zone, ms. */
  readonly starts_at: number
  /** Hours the day has: 24, or one fewer or more when the clock changes. */
  readonly hours: number
}

/**
 * Counts by hour of one day and by banner in one reading. A player counts in the hour of the day's first event of the
 * type, so that the hours add up to the day.
 */
export const countsByHourAndBanner = (
  clickhouse: ClickHouse,
  day: HoursOfDay,
  banners: Banners,
  uncounted: Uncounted,
) =>
  clickhouse.rows<BucketOrBannerCount<number>>(
    `SELECT
      event_type,
      if(grouping(hour) = 0, hour, NULL) AS bucket,
      if(grouping(tag) = 0, tag, NULL) AS banner_tag,
      sum(change) AS count
    FROM (${dayChanges(uncounted, {
      dates: ON_DAY,
      columns: `event_type, toString(banner_tag) AS tag, ${HOUR_OF_DAY} AS hour`,
      by: 'event_type, banner_tag, hour',
      condition: ofBanners(banners),
    })})
    GROUP BY GROUPING SETS ((event_type, hour), (event_type, tag))
    HAVING count > 0
    ORDER BY isNull(bucket), count DESC
    LIMIT {max_rows:UInt32}`,
    { ...day, ...bannersParams(banners), max_rows: MAX_ROWS },
  )

const HOUR_OF_DAY =
  'least({hours:UInt8} - 1, greatest(0, intDiv(toUnixTimestamp(quarter) * 1000 - {starts_at:Int64}, 3600000)))'

const QUARTER_MS = 900_000

/** One day, up to an instant (ms). */
export interface DayUntil {
  readonly site_id: string
  readonly day: string
  readonly until: number
}

/**
 * A SELECT of the changes that add up to the counts of a DayUntil. Of a closed day the quarters of an hour are known: those that had
 * ended by then. Parameters: `untilParams`.
 */
export function changesUntil(changes: Omit<Changes, 'dates'>, uncounted: Uncounted): string {
  const ofDay = { ...changes, dates: ON_DAY }
  const ended = "quarter < toDateTime({quarter:UInt32}, 'UTC')"
  const running = "quarter = toDateTime({quarter:UInt32}, 'UTC')"
  const before = 'toUnixTimestamp64Milli(first_at) < {until:Int64}'
  return united([
    closedDays(ofDay, `event_type != '' AND ${ended}`),
    // The quarters that have ended are sums, and read as such.
    openDays(uncounted, ofDay, ended, before),
    openDays(false, ofDay, `${running} AND ${before}`),
  ])
}

/** The values of `changesUntil`. */
export const untilParams = (day: DayUntil) => ({
  ...day,
  quarter: Math.floor(day.until / QUARTER_MS) * (QUARTER_MS / 1_000),
})

/** Counts of one day up to an instant (ms), by type: what a day in progress is compared with. */
export const countsUntil = (clickhouse: ClickHouse, day: DayUntil, banners: Banners, uncounted: Uncounted) =>
  clickhouse.rows<{ event_type: string; count: number }>(
    `SELECT event_type, sum(change) AS count
    FROM (${changesUntil({ columns: 'event_type', by: 'event_type', condition: ofBanners(banners) }, uncounted)})
    GROUP BY event_type
    HAVING count > 0`,
    { ...untilParams(day), ...bannersParams(banners) },
  )

/**
 * The counts of a site as they were recorded up to an instant (ms), by date, type and banner. Any instant can be asked of a day
 * that is open; of a closed day any since it closed, and before that the full hours.
 */
export const countsAsOf = (clickhouse: ClickHouse, days: Days, asOf: number) =>
  clickhouse.rows<{ event_date: string; event_type: string; banner_tag: string; count: number }>(
    `SELECT event_date, event_type, banner_tag, sum(change) AS count
    FROM
    (
      SELECT event_date, event_type, banner_tag, count AS change, recorded_at FROM day_counts_log
      WHERE ${OF_SITE} AND ${IN_DAYS} AND event_type != ''
      UNION ALL
      SELECT event_date, event_type, banner_tag, count AS change, recorded_at FROM player_days
      WHERE ${OF_SITE} AND ${IN_DAYS} AND ${isOpen(IN_DAYS)}
    )
    WHERE toUnixTimestamp64Milli(recorded_at) <= {as_of:Int64}
    GROUP BY event_date, event_type, banner_tag
    HAVING count != 0
    ORDER BY event_date, event_type, banner_tag`,
    { ...days, as_of: asOf },
  )
