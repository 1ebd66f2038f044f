/**
 * What the dashboard and the API ask. Every number follows one rule: a player counts once per site, day and type. The views they are
 * read from add up dated changes and never count a whole day again. Values are bound.
 */
import type { ClickHouse } from '../client.ts'
import { inView } from './banner-groups.ts'
import { UNCOUNTED_CREDITS } from './uncounted-days.ts'

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

const OF_DAYS = 'site_id = {site_id:String} AND event_date BETWEEN {from:Date} AND {to:Date}'
const OF_DAY = 'site_id = {site_id:String} AND event_date = {day:Date}'
/** player_days may still hold a closed day: it counts by day_counts_log alone. */
export const IS_OPEN =
  "(site_id, event_date) NOT IN (SELECT site_id, event_date FROM day_counts_log WHERE event_type = '')"
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

/**
 * Who is counted on the open days, with what `select` makes of the rows still to come before it. This order, and tables named in one
 * statement, are what keeps a row from being missed or counted twice that is counted while the question reads (migration 0026).
 * @param select a SELECT of one site (`site_id`) from player_days, or what has its columns of credits
 */
export const openDayCounts = (uncounted: Uncounted, select: (source: string) => string) =>
  [...(uncounted ? [UNCOUNTED_CREDITS] : []), COUNTED]
    .map((source) => select(source))
    .join('\n      UNION ALL ')

const COUNTED = 'player_days'

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
    FROM
    (
      SELECT event_date, event_type, sum(count) AS change FROM day_counts_log
      WHERE ${OF_DAYS} AND event_type != ''
      GROUP BY event_date, event_type
      UNION ALL
      ${openDayCounts(
        uncounted,
        (source) => `SELECT event_date, event_type, sum(count) AS change FROM ${source}
      WHERE ${OF_DAYS} AND ${IS_OPEN}
      GROUP BY event_date, event_type`,
      )}
    )
    GROUP BY event_date, event_type
    HAVING count > 0
    ORDER BY event_date, event_type`,
    { ...days },
  )

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
      SELECT event_type, toNullable(toString(event_date)) AS bucket, CAST(NULL AS Nullable(String)) AS tag, sum(count) AS change
      FROM day_counts_log
      WHERE ${OF_DAYS} AND event_type != '' ${ofBanners(banners)}
      GROUP BY event_type, event_date
      UNION ALL
      SELECT event_type, CAST(NULL AS Nullable(String)) AS bucket, toNullable(toString(banner_tag)) AS tag, sum(count) AS change
      FROM day_counts_log
      WHERE ${OF_DAYS} AND event_type != '' ${ofBanners(banners)}
      GROUP BY event_type, banner_tag
      UNION ALL
      SELECT
        event_type,
        if(grouping(day) = 0, toString(day), NULL) AS bucket,
        if(grouping(banner) = 0, banner, NULL) AS tag,
        sum(change) AS change
      FROM
      (
        ${openDayCounts(
          uncounted,
          (
            source,
          ) => `SELECT event_type, event_date AS day, toString(banner_tag) AS banner, sum(count) AS change
        FROM ${source}
        WHERE ${OF_DAYS} AND ${IS_OPEN} ${ofBanners(banners)}
        GROUP BY event_type, event_date, banner_tag`,
        )}
      )
      GROUP BY GROUPING SETS ((event_type, day), (event_type, banner))
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
    FROM
    (
      SELECT
        event_type,
        tag,
        intDiv(toUnixTimestamp(quarter) * 1000 - {starts_at:Int64}, 3600000) AS hours_in,
        least({hours:UInt8} - 1, greatest(0, hours_in)) AS hour,
        sum(change) AS change
      FROM
      (
        SELECT event_type, toString(banner_tag) AS tag, quarter, sum(count) AS change
        FROM day_counts_log
        WHERE ${OF_DAY} AND event_type != '' AND count != 0 ${ofBanners(banners)}
        GROUP BY event_type, banner_tag, quarter
        UNION ALL
        ${openDayCounts(
          uncounted,
          (source) => `SELECT event_type, toString(banner_tag) AS tag, quarter, sum(count) AS change
        FROM ${source}
        WHERE ${OF_DAY} AND ${IS_OPEN} ${ofBanners(banners)}
        GROUP BY event_type, banner_tag, quarter`,
        )}
      )
      GROUP BY event_type, tag, quarter
    )
    GROUP BY GROUPING SETS ((event_type, hour), (event_type, tag))
    HAVING count > 0
    ORDER BY isNull(bucket), count DESC
    LIMIT {max_rows:UInt32}`,
    { ...day, ...bannersParams(banners), max_rows: MAX_ROWS },
  )

const QUARTER_MS = 900_000

/** One day, up to an instant (ms). */
export interface DayUntil {
  readonly site_id: string
  readonly day: string
  readonly until: number
}

/**
 * A SELECT of the changes (`event_type`, `banner_tag`, `change`) that add up to the counts of a DayUntil. Of a closed day the quarters of
 * an hour are known: those that had ended by then. Parameters: `untilParams`.
 * @param condition more to narrow by, as `AND …`
 */
export function changesUntil(condition: string, uncounted: Uncounted): string {
  const changes = (
    source: string,
  ) => `SELECT event_type, banner_tag, sum(count) AS change FROM ${source} ${condition}
      GROUP BY event_type, banner_tag`
  const ended = "quarter < toDateTime({quarter:UInt32}, 'UTC')"
  const running = "quarter = toDateTime({quarter:UInt32}, 'UTC')"
  const before = 'toUnixTimestamp64Milli(first_at) < {until:Int64}'
  return [
    changes(`day_counts_log WHERE ${OF_DAY} AND event_type != '' AND ${ended}`),
    // The quarters that have ended are sums, and read as such.
    openDayCounts(uncounted, (source) =>
      changes(
        `${source} WHERE ${OF_DAY} AND ${IS_OPEN} AND ${source === UNCOUNTED_CREDITS ? before : ended}`,
      ),
    ),
    changes(`${COUNTED} WHERE ${OF_DAY} AND ${IS_OPEN} AND ${running} AND ${before}`),
  ].join('\n      UNION ALL ')
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
    FROM (${changesUntil(ofBanners(banners), uncounted)})
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
      WHERE ${OF_DAYS} AND event_type != ''
      UNION ALL
      SELECT event_date, event_type, banner_tag, count AS change, recorded_at FROM player_days
      WHERE ${OF_DAYS} AND ${IS_OPEN}
    )
    WHERE toUnixTimestamp64Milli(recorded_at) <= {as_of:Int64}
    GROUP BY event_date, event_type, banner_tag
    HAVING count != 0
    ORDER BY event_date, event_type, banner_tag`,
    { ...days, as_of: asOf },
  )
