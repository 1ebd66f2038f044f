/**
 * What the dashboard and the API ask. Every number follows one rule: a player counts once per site, day and type
 * (`player_days`; its rows may stand in several parts, which FINAL puts together faster than a GROUP BY). Values are bound.
 */
import type { ClickHouse } from '../client.ts'

/**
 * Fields of a day's first event under FINAL. `identity` keeps them from being read as subcolumns, which FINAL does not merge: they
 * would come from any part instead of from the smallest row.
 */
const FIRST_BANNER = "tupleElement(identity(first_event), 'banner_tag')"
const FIRST_AT = "tupleElement(identity(first_event), 'occurred_at')"

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
  const sql = `SELECT 1 AS found FROM player_days WHERE site_id = {site_id:String} LIMIT 1`
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
      WHERE site_id = {site_id:String} AND event_date BETWEEN {from:Date} AND {to:Date}
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
      count() AS count
    FROM
    (
      SELECT
        event_type,
        ${FIRST_BANNER} AS tag,
        intDiv(toUnixTimestamp64Milli(${FIRST_AT}) - {starts_at:Int64}, 3600000) AS hours_in,
        least({hours:UInt8} - 1, greatest(0, hours_in)) AS hour
      FROM player_days FINAL
      WHERE site_id = {site_id:String} AND event_date = {day:Date}
    )
    WHERE {all_banners:Bool} OR tag = {banner_tag:String}
    GROUP BY GROUPING SETS ((event_type, hour), (event_type, tag))
    ORDER BY isNull(bucket), count DESC
    LIMIT {max_rows:UInt32}`,
    { ...day, ...bannerParams(banner_tag), max_rows: MAX_ROWS },
  )

/** Counts of one day up to an instant (ms), by type: what a day in progress is compared with. */
export const countsUntil = (
  clickhouse: ClickHouse,
  day: { readonly site_id: string; readonly day: string; readonly until: number },
  banner_tag: string | null,
) =>
  clickhouse.rows<{ event_type: string; count: number }>(
    `SELECT event_type, count() AS count
    FROM player_days FINAL
    WHERE site_id = {site_id:String} AND event_date = {day:Date}
      AND toUnixTimestamp64Milli(${FIRST_AT}) < {until:Int64}
      AND ({all_banners:Bool} OR ${FIRST_BANNER} = {banner_tag:String})
    GROUP BY event_type`,
    { ...day, ...bannerParams(banner_tag) },
  )

const bannerParams = (banner_tag: string | null) => ({
  all_banners: banner_tag === null,
  banner_tag: banner_tag ?? '',
})
