/**
 * What alert rules count, as spans of time. Known bots are no traffic; players count once a day and type, in the quarter of an hour of the
 * day's first event. Instants are ms, multiples of the step asked for.
 */
import type { Filter, Metric } from '../alerts/rule.ts'
import type { Span } from '../alerts/series.ts'
import type { ClickHouse } from '../client.ts'

export interface Reach {
  readonly site_id: string
  readonly from: number
  readonly to: number
}

const MINUTE_MS = 60_000
const SLOT_MS = 5 * MINUTE_MS
export const QUARTER_MS = 15 * MINUTE_MS

type Row = { readonly at: number; readonly value: number }
const spans = (rows: readonly Row[], ms: number): Span[] => rows.map(({ at, value }) => [at, value, ms])

/** An instant of the parameters as ClickHouse's time. */
const at = (name: 'from' | 'to') => `fromUnixTimestamp64Milli({${name}:Int64}, 'UTC')`
/** The site's days an instant may lie on, whatever its time zone. */
const DAYS = `event_date BETWEEN toDate(${at('from')}) - 1 AND toDate(${at('to')}) + 1`

/** The conditions of a filter that a table with these columns can hold. */
const CONDITIONS: Readonly<Record<keyof Filter, string>> = {
  banner_tag: 'banner_tag = {banner_tag:String}',
  banner_prefix: 'startsWith(banner_tag, {banner_prefix:String})',
  domain: 'domain = {domain:String}',
  country: 'country = {country:String}',
  device: 'device = {device:String}',
}
const OF_BANNERS: readonly (keyof Filter)[] = ['banner_tag', 'banner_prefix']

const given = (filter: Filter) =>
  (Object.keys(CONDITIONS) as (keyof Filter)[]).filter((key) => (filter[key] ?? '') !== '')
const conditions = (keys: readonly (keyof Filter)[]) => keys.map((key) => ` AND ${CONDITIONS[key]}`).join('')
/** Whether only raw events know what the filter asks. */
const needsEvents = (filter: Filter) => given(filter).some((key) => !OF_BANNERS.includes(key))
const ofType = (event_type: string) => (event_type === '' ? '' : ' AND event_type = {event_type:String}')

/** Events by five minutes, or by minute where `fine`: minutes are known for two days. */
export async function eventSpans(
  clickhouse: ClickHouse,
  reach: Reach,
  { event_type = '', filter }: { readonly event_type?: string; readonly filter: Filter },
  fine: boolean,
): Promise<Span[]> {
  const params = { ...reach, event_type, ...filter }
  const step = fine ? MINUTE_MS : SLOT_MS
  if (needsEvents(filter)) return spans(await rawEvents(clickhouse, params, step, filter), step)
  const where = `site_id = {site_id:String}${ofType(event_type)}${conditions(given(filter))}`
  const sql = fine
    ? `SELECT toUnixTimestamp(minute) * 1000 AS at, uniqCombined64Merge(14)(events) AS value FROM traffic_minutes
       WHERE ${where} AND minute >= ${at('from')} AND minute < ${at('to')} GROUP BY minute`
    : `SELECT toUnixTimestamp(starts_at) * 1000 AS at, sum(count) AS value FROM traffic_slots FINAL
       WHERE ${where} AND starts_at >= ${at('from')} AND starts_at < ${at('to')} GROUP BY starts_at`
  return spans(await clickhouse.rows<Row>(sql, params), step)
}

const rawEvents = (
  clickhouse: ClickHouse,
  params: Reach & { event_type: string },
  step: number,
  filter: Filter,
) =>
  clickhouse.rows<Row>(
    `SELECT intDiv(toUnixTimestamp64Milli(occurred_at), {step:UInt32}) * {step:UInt32} AS at, count() AS value FROM events
     WHERE site_id = {site_id:String} AND ${DAYS} AND occurred_at >= ${at('from')} AND occurred_at < ${at('to')}
       AND NOT is_bot${ofType(params.event_type)}${conditions(given(filter))}
     GROUP BY at`,
    { ...params, step },
  )

/** Players by quarter of an hour. */
export async function playerSpans(
  clickhouse: ClickHouse,
  reach: Reach,
  event_type: string,
  filter: Filter,
): Promise<Span[]> {
  const params = { ...reach, event_type, ...filter, step: QUARTER_MS }
  const where = `site_id = {site_id:String} AND ${DAYS} AND event_type = {event_type:String}${conditions(given(filter))}`
  const sql = needsEvents(filter)
    ? `SELECT intDiv(first, {step:UInt32}) * {step:UInt32} AS at, count() AS value
       FROM (
         SELECT event_date, multiIf(player_id != '', player_id, visitor_id != '', visitor_id, toString(event_id)) AS who,
           toUnixTimestamp64Milli(min(occurred_at)) AS first
         FROM events WHERE ${where} GROUP BY event_date, who)
       WHERE first >= {from:Int64} AND first < {to:Int64} GROUP BY at`
    : `SELECT toUnixTimestamp(quarter) * 1000 AS at, sum(count) AS value FROM event_quarters
       WHERE ${where} AND quarter >= ${at('from')} AND quarter < ${at('to')} GROUP BY quarter`
  return spans(await clickhouse.rows<Row>(sql, params), QUARTER_MS)
}

/** Payments, or their amount in one currency, by step. */
export async function paymentSpans(
  clickhouse: ClickHouse,
  reach: Reach,
  { event_type = '', currency = '' }: Pick<Metric, 'event_type' | 'currency'>,
  filter: Filter,
  step: number,
): Promise<Span[]> {
  const keys = given(filter)
  const ofEvents = keys.filter((key) => !OF_BANNERS.includes(key))
  const like =
    ofEvents.length === 0
      ? ''
      : ` AND event_id IN (SELECT event_id FROM events WHERE site_id = {site_id:String} AND ${DAYS}
           AND event_type IN ('deposit', 'purchase')${conditions(ofEvents)})`
  const rows = await clickhouse.rows<Row>(
    `SELECT intDiv(toUnixTimestamp64Milli(occurred_at), {step:UInt32}) * {step:UInt32} AS at,
       ${currency === '' ? 'count()' : 'toFloat64(sum(ifNull(amount, 0)))'} AS value
     FROM payments
     WHERE site_id = {site_id:String} AND ${DAYS} AND occurred_at >= ${at('from')} AND occurred_at < ${at('to')}
       ${ofType(event_type)}${currency === '' ? '' : ' AND currency = {currency:String}'}
       ${conditions(keys.filter((key) => OF_BANNERS.includes(key)))}${like}
     GROUP BY at`,
    { ...reach, ...filter, event_type, currency, step },
  )
  return spans(rows, step)
}

/** What was refused and still does not count, by step. @param reason empty: any */
export async function rejectedSpans(
  clickhouse: ClickHouse,
  reach: Reach,
  reason: string,
  step: number,
): Promise<Span[]> {
  const rows = await clickhouse.rows<Row>(
    `SELECT intDiv(toUnixTimestamp64Milli(r.rejected_at), {step:UInt32}) * {step:UInt32} AS at, count() AS value FROM rejected_events AS r
     WHERE site_id = {site_id:String} AND status = 'rejected' AND r.rejected_at >= ${at('from')} AND r.rejected_at < ${at('to')}
       ${reason === '' ? '' : 'AND reason = {reason:String}'}
     GROUP BY at`,
    { ...reach, reason, step },
  )
  return spans(rows, step)
}

/** Banners or domains watched at most: those with the most events. */
const MAX_SUBJECTS = 200

/** Events by banner or domain, over spans of `step` that end at `to`. @param limit those with the most events */
export async function subjectSpans(
  clickhouse: ClickHouse,
  reach: Reach,
  by: 'banner' | 'domain',
  step: number,
  limit = MAX_SUBJECTS,
): Promise<Map<string, Span[]>> {
  const bucket = '{to:Int64} - (intDiv({to:Int64} - 1 - instant, {step:UInt32}) + 1) * {step:UInt32}'
  const source =
    by === 'banner'
      ? `SELECT banner_tag AS subject, toInt64(toUnixTimestamp(minute)) * 1000 AS instant, uniqCombined64Merge(14)(events) AS n
         FROM traffic_minutes WHERE site_id = {site_id:String} AND minute >= ${at('from')} AND minute < ${at('to')}
         GROUP BY banner_tag, minute`
      : `SELECT domain AS subject, toUnixTimestamp64Milli(occurred_at) AS instant, 1 AS n FROM events
         WHERE site_id = {site_id:String} AND ${DAYS} AND occurred_at >= ${at('from')} AND occurred_at < ${at('to')} AND NOT is_bot`
  const slots = `SELECT banner_tag AS subject, toInt64(toUnixTimestamp(starts_at)) * 1000 AS instant, sum(count) AS n
         FROM traffic_slots FINAL WHERE site_id = {site_id:String} AND starts_at >= ${at('from')} AND starts_at < ${at('to')}
         GROUP BY banner_tag, starts_at`
  const isLong = reach.to - reach.from > 3 * 1_440 * MINUTE_MS
  const rows = await clickhouse.rows<{ subject: string; at: number[]; n: number[] }>(
    `SELECT subject, groupArray(bucket) AS at, groupArray(total) AS n
     FROM (SELECT subject, ${bucket} AS bucket, sum(n) AS total FROM (${by === 'banner' && isLong ? slots : source})
       WHERE subject != '' GROUP BY subject, bucket)
     GROUP BY subject ORDER BY sum(total) DESC LIMIT {limit:UInt32}`,
    { ...reach, step, limit },
  )
  return new Map(
    rows.map(({ subject, at, n }) => [subject, at.map((from, index): Span => [from, n[index] ?? 0, step])]),
  )
}
