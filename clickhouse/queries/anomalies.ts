/** Findings about traffic, and what was expected of it against what came. Times are milliseconds since 1970. */
import type { ClickHouse } from '../client.ts'

/** A series of counts. */
export interface SeriesKey {
  readonly site_id: string
  /** Empty for all types. */
  readonly event_type: string
  /** Empty for all banners. */
  readonly banner_tag: string
}

/** A row of `anomalies`; its columns' comments say what each means. */
export interface Finding extends SeriesKey {
  readonly finding_id: string
  readonly kind: string
  readonly since: number
  readonly opened_at: number
  readonly updated_at: number
  readonly closed_at: number | null
  readonly expected: number
  readonly seen: number
  readonly score: number
  readonly threshold: number
  readonly judged: string
}

const FINDING = `finding_id, kind, site_id, event_type, banner_tag, toUnixTimestamp64Milli(since) AS since,
  toUnixTimestamp64Milli(opened_at) AS opened_at, toUnixTimestamp64Milli(updated_at) AS updated_at,
  toUnixTimestamp64Milli(closed_at) AS closed_at, expected, seen, score, threshold, judged`

/** The latest finding of each series that ever had one. */
export const latestFindings = (clickhouse: ClickHouse) =>
  clickhouse.rows<Finding>(
    `SELECT ${FINDING} FROM anomalies
     ORDER BY anomalies.opened_at DESC, anomalies.updated_at DESC LIMIT 1 BY site_id, event_type, banner_tag`,
  )

/**
 * When, since an instant, nothing was counted at all: rtpx not running, or ingestion stopped.
 * IN, because `= ''` on a column of a view asks for a subcolumn that the view does not have.
 */
export const countingGaps = (clickhouse: ClickHouse, since: number) =>
  clickhouse.rows<{ from: number; to: number }>(
    `SELECT toUnixTimestamp64Milli(since) AS \`from\`, toUnixTimestamp64Milli(ifNull(closed_at, updated_at)) AS \`to\` FROM anomalies
     WHERE site_id IN ('') AND updated_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC') ORDER BY 1`,
    { since },
  )

/** Writes new versions of findings. */
export async function writeFindings(clickhouse: ClickHouse, findings: readonly Finding[]): Promise<void> {
  if (findings.length === 0) return
  await clickhouse.insertLines(
    'anomalies_log',
    findings.map((finding) => JSON.stringify(finding)),
  )
}

/** When the last run of a job that did not fail began; 0 before the first. */
export async function lastRunAt(clickhouse: ClickHouse, job: string): Promise<number> {
  const [row] = await clickhouse.rows<{ at: number }>(
    `SELECT toUnixTimestamp64Milli(max(started_at)) AS at FROM job_runs WHERE job = {job:String} AND error = ''`,
    { job },
  )
  return row?.at ?? 0
}

export interface FindingFilter {
  /** Findings of this site, and those of all sites. */
  readonly site_id: string
  readonly state: 'open' | 'closed' | 'all'
  /** None for every kind. */
  readonly kinds?: readonly string[]
  readonly event_type?: string
  readonly banner_tag?: string
  /** Those that lasted at some time in [from, to). */
  readonly from: number
  readonly to: number
  readonly limit?: number
}

/** Findings, open ones first, then the newest. */
export function findings(clickhouse: ClickHouse, filter: FindingFilter): Promise<Finding[]> {
  const { kinds = [], event_type, banner_tag, limit = 500 } = filter
  const where = ["site_id IN ({site_id:String}, '')", "since < fromUnixTimestamp64Milli({to:Int64}, 'UTC')"]
  where.push("ifNull(closed_at, updated_at) >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')")
  if (filter.state !== 'all')
    where.push(filter.state === 'open' ? 'closed_at IS NULL' : 'closed_at IS NOT NULL')
  if (kinds.length > 0) where.push('kind IN {kinds:Array(String)}')
  if (event_type !== undefined) where.push('event_type IN ({event_type:String})')
  if (banner_tag !== undefined) where.push('banner_tag IN ({banner_tag:String})')
  return clickhouse.rows<Finding>(
    `SELECT ${FINDING} FROM (SELECT * FROM anomalies WHERE ${where.join(' AND ')})
     ORDER BY closed_at IS NOT NULL, since DESC, finding_id LIMIT {limit:UInt32}`,
    { ...filter, kinds, limit },
  )
}

export interface ExpectedAndSeen {
  readonly at: number
  readonly seen: number
  readonly expected: number
  /** Where 99.7 % of ordinary counts lie. */
  readonly low: number
  readonly high: number
}

/** Buckets of a series: what was expected, forecast at its time, and what came. Hours without forecast are absent. */
const BUCKETS = `
  WITH
    seen AS (
      SELECT intDiv(toUnixTimestamp(starts_at), {bucket:UInt32}) AS at, sum(count) AS n FROM traffic_slots FINAL
      WHERE site_id = {site_id:String} AND ({event_type:String} = '' OR event_type = {event_type:String})
        AND ({banner_tag:String} = '' OR banner_tag = {banner_tag:String})
        AND starts_at >= toDateTime({from:UInt32}, 'UTC') AND starts_at < toDateTime({to:UInt32}, 'UTC')
      GROUP BY at),
    usual AS (
      SELECT intDiv(toUnixTimestamp(hour) + (slot - 1) * 300, {bucket:UInt32}) AS at, sum(one) AS expected, any(dispersion) AS spread, any(clustering) AS cluster
      FROM (SELECT hour, dispersion, clustering, expected AS slots FROM traffic_forecasts FINAL
        WHERE site_id = {site_id:String} AND event_type = {event_type:String} AND banner_tag = {banner_tag:String}
          AND hour >= toStartOfHour(toDateTime({from:UInt32}, 'UTC')) AND hour < toDateTime({to:UInt32}, 'UTC'))
      ARRAY JOIN slots AS one, arrayEnumerate(slots) AS slot
      GROUP BY at)
  SELECT usual.at * {bucket:UInt32} * 1000 AS at, seen.n AS seen, usual.expected AS expected, usual.spread AS spread, usual.cluster AS cluster
  FROM usual LEFT JOIN seen ON usual.at = seen.at
  WHERE usual.at * {bucket:UInt32} >= {from:UInt32} AND usual.at * {bucket:UInt32} < {to:UInt32}`

/** @param bucketMinutes 5, 15, 30 or 60 */
export function expectedAndSeen(
  clickhouse: ClickHouse,
  series: SeriesKey,
  range: { readonly from: number; readonly to: number },
  bucketMinutes: 5 | 15 | 30 | 60,
): Promise<ExpectedAndSeen[]> {
  return clickhouse.rows<ExpectedAndSeen>(
    `SELECT at, seen, expected, greatest(0, expected - margin) AS low, expected + margin AS high
     FROM (SELECT *, 3 * sqrt(cluster * expected + 1.25 * spread * expected * expected) AS margin FROM (${BUCKETS})) ORDER BY at`,
    bucketParams(series, range, bucketMinutes),
  )
}

export interface RuleOnExpected {
  /** Looks at so many minutes at a time; a multiple of 5, 1440 at most. */
  readonly minutes: number
  /** Fires when seen is at most this part of what is expected; 0 for none. */
  readonly at_most: number
  /** Fires when seen is at least this multiple of what is expected; 0 for never. */
  readonly at_least: number
  /** Fires only where so many events are expected. */
  readonly min_expected: number
}

/** When a rule on a series would have fired: each stretch of time with its first and last five minutes. */
export function wouldHaveFired(
  clickhouse: ClickHouse,
  series: SeriesKey,
  range: { readonly from: number; readonly to: number },
  rule: RuleOnExpected,
): Promise<{ from: number; to: number; expected: number; seen: number }[]> {
  return clickhouse.rows(
    `SELECT min(at) AS \`from\`, max(at) + 300000 AS \`to\`, argMin(usual, at) AS expected, argMin(came, at) AS seen
     FROM (
       SELECT *, sum(fires AND NOT fired) OVER (ORDER BY at) AS stretch
       FROM (
         SELECT *, lagInFrame(fires, 1, 0) OVER (ORDER BY at) AS fired
         FROM (
           SELECT at, sum(expected) OVER last AS usual, sum(seen) OVER last AS came,
             toUInt8(usual >= {min_expected:Float64}
               AND (came <= usual * {at_most:Float64} AND {at_most:Float64} > 0
                 OR came >= usual * {at_least:Float64} AND {at_least:Float64} > 0)) AS fires
           FROM (${BUCKETS})
           WINDOW last AS (ORDER BY at RANGE BETWEEN {reach:UInt32} PRECEDING AND CURRENT ROW))))
     WHERE fires GROUP BY stretch ORDER BY 1`,
    { ...bucketParams(series, range, 5), ...rule, reach: rule.minutes * 60_000 - 300_000 },
  )
}

function bucketParams(key: SeriesKey, { from, to }: { from: number; to: number }, minutes: number) {
  const { site_id, event_type, banner_tag } = key
  const series = { site_id, event_type, banner_tag }
  return { ...series, from: Math.floor(from / 1000), to: Math.floor(to / 1000), bucket: minutes * 60 }
}
