/**
 * The counts by whatever an event says of itself: its page, referrer, country, device. They are found in the raw events, so only as far
 * back as those are kept, and cost as much as there are events.
 *
 * A player counts once per site, day and type, as everywhere, for what the day's first event that passes the filters says. So the rows
 * of a breakdown add up to the counts, and no redelivery changes them: nothing here counts deliveries.
 */
import type { ClickHouse } from '../client.ts'
import { textOf } from './event-conditions.ts'
import {
  type Banners,
  type BucketOrBannerCount,
  bannersParams,
  type Days,
  type DayUntil,
  type HoursOfDay,
  ofBanners,
} from './metrics.ts'

/** What events can be narrowed to and broken down by, as pages call it; each is an expression over a row of events_log. */
const EXPRESSIONS = {
  domain: textOf('domain'),
  page: textOf('path'),
  referrer: textOf('referrer_host'),
  campaign: textOf('utm_campaign'),
  country: textOf('country'),
  device: textOf('device'),
  browser: textOf('browser'),
  os: textOf('os'),
} as const
export type EventDimension = keyof typeof EXPRESSIONS
export const EVENT_DIMENSIONS = Object.keys(EXPRESSIONS) as EventDimension[]

/** Only events that pass every filter given count. An empty text asks for what is unknown or absent. */
export interface EventFilters {
  readonly banners: Banners
  readonly values: Readonly<Partial<Record<EventDimension, string>>>
  /** Whether known bots count too. */
  readonly with_bots: boolean
}

/** Whether a question needs the raw events; without it the folded counts answer. */
export const isNarrowed = ({ values, with_bots }: EventFilters) =>
  !with_bots || Object.keys(values).length > 0

const WHO = `sipHash64(player_id, multiIf(player_id != '', '', visitor_id != '', visitor_id, toString(event_id)))`
const FIRST = '(occurred_at, event_id, created_at)'
const OF_DAYS = 'site_id = {site_id:String} AND event_date BETWEEN {from:Date} AND {to:Date}'
const MAX_ROWS = 100_000

/** The filters as conditions on a row of events, to follow other ones. Values: `filterParams`. */
export const filterConditions = (filters: EventFilters) =>
  [
    ...EVENT_DIMENSIONS.filter((name) => filters.values[name] !== undefined).map(
      (name) => `AND ${EXPRESSIONS[name]} = {filter_${name}:String}`,
    ),
    filters.with_bots ? '' : 'AND NOT is_bot',
    ofBanners(filters.banners),
  ].join(' ')

export const filterParams = ({ values, banners }: EventFilters) => ({
  ...Object.fromEntries(Object.entries(values).map(([name, value]) => [`filter_${name}`, value])),
  ...bannersParams(banners),
})

/** One row a player, day and type: when the first event was, and what `said` says of it. */
export const firstEvents = (filters: EventFilters, said: string, condition = OF_DAYS) => `
  SELECT event_type, event_date, min(occurred_at) AS first_at, argMin(${said}, ${FIRST}) AS said
  FROM events_log
  WHERE ${condition} ${filterConditions(filters)}
  GROUP BY event_type, event_date, ${WHO}`

/** Counts by day and by banner, in the shape of `countsByDayAndBanner`. */
export const narrowedByDay = (clickhouse: ClickHouse, days: Days, filters: EventFilters) =>
  clickhouse.rows<BucketOrBannerCount<string>>(
    `SELECT event_type, if(grouping(day) = 0, day, NULL) AS bucket, if(grouping(said) = 0, said, NULL) AS banner_tag, count() AS count
     FROM (SELECT event_type, toString(event_date) AS day, said FROM (${firstEvents(filters, 'toString(banner_tag)')}))
     GROUP BY GROUPING SETS ((event_type, day), (event_type, said))
     ORDER BY isNull(bucket), count DESC
     LIMIT {max_rows:UInt32}`,
    { ...days, ...filterParams(filters), max_rows: MAX_ROWS },
  )

/** Counts by hour of one day and by banner, in the shape of `countsByHourAndBanner`. */
export const narrowedByHour = (clickhouse: ClickHouse, day: HoursOfDay, filters: EventFilters) =>
  clickhouse.rows<BucketOrBannerCount<number>>(
    `SELECT event_type, if(grouping(hour) = 0, hour, NULL) AS bucket, if(grouping(said) = 0, said, NULL) AS banner_tag, count() AS count
     FROM (
       SELECT event_type, said,
         least({hours:UInt8} - 1, greatest(0, intDiv(toUnixTimestamp64Milli(first_at) - {starts_at:Int64}, 3600000))) AS hour
       FROM (${firstEvents(filters, 'toString(banner_tag)', 'site_id = {site_id:String} AND event_date = {day:Date}')}))
     GROUP BY GROUPING SETS ((event_type, hour), (event_type, said))
     ORDER BY isNull(bucket), count DESC
     LIMIT {max_rows:UInt32}`,
    { ...day, ...filterParams(filters), max_rows: MAX_ROWS },
  )

/** Counts of one day up to an instant (ms), by type. */
export const narrowedUntil = (
  clickhouse: ClickHouse,
  { site_id, day, until }: DayUntil,
  filters: EventFilters,
) =>
  clickhouse.rows<{ event_type: string; count: number }>(
    `SELECT event_type, count() AS count
     FROM (${firstEvents(filters, 'event_id', 'site_id = {site_id:String} AND event_date = {day:Date}')})
     WHERE toUnixTimestamp64Milli(first_at) < {until:Int64}
     GROUP BY event_type`,
    { site_id, day, until, ...filterParams(filters) },
  )

/** One value of a dimension, and the players whose first event of the day said it, by type. */
export interface ValueCounts {
  readonly value: string
  readonly visits: number
  readonly registrations: number
  readonly deposits: number
}

export interface Values {
  /** Those with the most visits first. */
  readonly rows: readonly ValueCounts[]
  /** How many values the limit left out. */
  readonly left_out: number
  /** Over all values, those left out included. */
  readonly total: Omit<ValueCounts, 'value'>
}

/** What visits, registrations and deposits said of themselves. @param limit values at most */
export async function countsByValue(
  clickhouse: ClickHouse,
  days: Days,
  filters: EventFilters,
  dimension: EventDimension,
  limit: number,
): Promise<Values> {
  const rows = await clickhouse.rows<ValueCounts & { readonly values: number }>(
    `SELECT if(grouping(said) = 0, said, '') AS value, uniqExact(said) AS values,
       countIf(event_type = 'visit') AS visits,
       countIf(event_type = 'registration') AS registrations,
       countIf(event_type = 'deposit') AS deposits
     FROM (${firstEvents(filters, EXPRESSIONS[dimension], `${OF_DAYS} AND event_type IN ('visit', 'registration', 'deposit')`)})
     GROUP BY GROUPING SETS ((said), ())
     ORDER BY grouping(said) DESC, visits DESC, registrations DESC, deposits DESC, value
     LIMIT {limit:UInt32} + 1`,
    { ...days, ...filterParams(filters), limit },
  )
  const [whole, ...named] = rows
  const plain = ({ visits, registrations, deposits }: Omit<ValueCounts, 'value'>) => ({
    visits,
    registrations,
    deposits,
  })
  return {
    rows: named.map(({ value, ...counts }) => ({ value, ...plain(counts) })),
    left_out: Math.max(0, (whole?.values ?? 0) - named.length),
    total: plain(whole ?? { visits: 0, registrations: 0, deposits: 0 }),
  }
}
