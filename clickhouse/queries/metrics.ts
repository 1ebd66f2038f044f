/**
 * What the dashboard and the API ask. Every number follows one rule: a player counts once per site, day and type. The views they are
 * read from add up dated changes and never count a whole day again. Values are bound.
 */
import type { ClickHouse } from '../client.ts'

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

/** The daily counts of a site, by date and type: what `GET /api/metrics` answers. */
export const dailyCounts = (clickhouse: ClickHouse, days: Days) =>
  clickhouse.rows<{ event_date: string; event_type: string; count: number }>(
    `SELECT event_date, event_type, count
    FROM daily_metrics
    WHERE site_id = {site_id:String} AND event_date BETWEEN {from:Date} AND {to:Date}
    ORDER BY event_date, event_type`,
    { ...days },
  )

/**
 * Counts by day and counts by banner in one reading, so that both add up to the same.
 * @param banner_tag only the players credited to this banner; null for all
 */
export const countsByDayAndBanner = (clickhouse: ClickHouse, days: Days, banner_tag: string | null) =>
  clickhouse.rows<BucketOrBannerCount<string>>(
    `SELECT
      event_type,
      if(grouping(day) = 0, toString(day), NULL) AS bucket,
      if(grouping(tag) = 0, tag, NULL) AS banner_tag,
      sum(players) AS count
    FROM
    (
      SELECT event_type, event_date AS day, banner_tag AS tag, count AS players
      FROM event_summary
      WHERE site_id = {site_id:String} AND event_date BETWEEN {from:Date} AND {to:Date} AND count > 0
    )
    WHERE {all_banners:Bool} OR tag = {banner_tag:String}
    GROUP BY GROUPING SETS ((event_type, day), (event_type, tag))
    ORDER BY isNull(bucket), count DESC
    LIMIT {max_rows:UInt32}`,
    { ...days, ...bannerParams(banner_tag), max_rows: MAX_ROWS },
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
export const countsByHourAndBanner = (clickhouse: ClickHouse, day: HoursOfDay, banner_tag: string | null) =>
  clickhouse.rows<BucketOrBannerCount<number>>(
    `SELECT
      event_type,
      if(grouping(hour) = 0, hour, NULL) AS bucket,
      if(grouping(tag) = 0, tag, NULL) AS banner_tag,
      sum(players) AS count
    FROM
    (
      SELECT
        event_type,
        banner_tag AS tag,
        intDiv(toUnixTimestamp(quarter) * 1000 - {starts_at:Int64}, 3600000) AS hours_in,
        least({hours:UInt8} - 1, greatest(0, hours_in)) AS hour,
        count AS players
      FROM event_quarters
      WHERE site_id = {site_id:String} AND event_date = {day:Date}
    )
    WHERE {all_banners:Bool} OR tag = {banner_tag:String}
    GROUP BY GROUPING SETS ((event_type, hour), (event_type, tag))
    ORDER BY isNull(bucket), count DESC
    LIMIT {max_rows:UInt32}`,
    { ...day, ...bannerParams(banner_tag), max_rows: MAX_ROWS },
  )

/**
 * Counts of one day up to an instant (ms), by type: what a day in progress is compared with. Of a closed day the quarters of an
 * hour are known: those that had ended by then.
 */
export const countsUntil = (
  clickhouse: ClickHouse,
  day: { readonly site_id: string; readonly day: string; readonly until: number },
  banner_tag: string | null,
) =>
  clickhouse.rows<{ event_type: string; count: number }>(
    `SELECT event_type, sum(change) AS count
    FROM
    (
      SELECT event_type, banner_tag, count AS change FROM day_counts_log
      WHERE site_id = {site_id:String} AND event_date = {day:Date} AND event_type != ''
        AND (toUnixTimestamp(quarter) + 900) * 1000 <= {until:Int64}
      UNION ALL
      SELECT event_type, banner_tag, count AS change FROM player_days
      WHERE site_id = {site_id:String} AND event_date = {day:Date} AND toUnixTimestamp64Milli(first_at) < {until:Int64}
        AND (site_id, event_date) NOT IN (SELECT site_id, event_date FROM closed_days)
      UNION ALL
      SELECT event_type, banner_tag, count AS change FROM uncounted_player_days
      WHERE site_id = {site_id:String} AND event_date = {day:Date} AND toUnixTimestamp64Milli(first_at) < {until:Int64}
    )
    WHERE {all_banners:Bool} OR banner_tag = {banner_tag:String}
    GROUP BY event_type
    HAVING count > 0`,
    { ...day, ...bannerParams(banner_tag) },
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
      WHERE site_id = {site_id:String} AND event_date BETWEEN {from:Date} AND {to:Date} AND event_type != ''
      UNION ALL
      SELECT event_date, event_type, banner_tag, count AS change, recorded_at FROM player_days
      WHERE site_id = {site_id:String} AND event_date BETWEEN {from:Date} AND {to:Date}
        AND (site_id, event_date) NOT IN (SELECT site_id, event_date FROM closed_days)
    )
    WHERE toUnixTimestamp64Milli(recorded_at) <= {as_of:Int64}
    GROUP BY event_date, event_type, banner_tag
    HAVING count != 0
    ORDER BY event_date, event_type, banner_tag`,
    { ...days, as_of: asOf },
  )

const bannerParams = (banner_tag: string | null) => ({
  all_banners: banner_tag === null,
  banner_tag: banner_tag ?? '',
})
