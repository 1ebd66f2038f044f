/**
 * Deposited amounts over time, exact, by currency, each transaction once. Narrowed to what an event says of itself they are found in the
 * raw events, in which the first event of a transaction decides.
 */
import type { ClickHouse } from '../client.ts'
import { type EventFilters, filterConditions, filterParams, isNarrowed } from './breakdowns.ts'
import type { Days, DayUntil, HoursOfDay } from './metrics.ts'

export interface BucketAmount<Bucket> {
  readonly bucket: Bucket
  readonly currency: string
  /** Exact, as text. */
  readonly amount: string
  /** Deposits. */
  readonly count: number
}

const OF_DAYS = 'site_id = {site_id:String} AND event_date BETWEEN {from:Date} AND {to:Date}'
const OF_DAY = 'site_id = {site_id:String} AND event_date = {day:Date}'

/** A SELECT of deposits: event_date, occurred_at, currency, amount, banner_tag. */
export function depositsOf(filters: EventFilters, condition: string): string {
  const narrowing = filterConditions(filters)
  if (!isNarrowed(filters))
    return `SELECT event_date, occurred_at, currency, toDecimal128(ifNull(deposits.amount, 0), 8) AS amount, banner_tag
      FROM deposits WHERE ${condition} ${narrowing}`
  return `SELECT event_date, tupleElement(first, 1) AS occurred_at, tupleElement(first, 2) AS currency, tupleElement(first, 3) AS amount,
        tupleElement(first, 4) AS banner_tag
    FROM (
      SELECT event_date, argMin(tuple(occurred_at, toString(currency), toDecimal128(ifNull(amount, 0), 8), toString(banner_tag)), (created_at, event_id)) AS first
      FROM events_log
      WHERE ${condition} AND event_type = 'deposit' ${narrowing}
      GROUP BY event_date, if(transaction_id != '', transaction_id, toString(event_id)))`
}

/** By day. */
export const amountsByDay = (clickhouse: ClickHouse, days: Days, filters: EventFilters) =>
  clickhouse.rows<BucketAmount<string>>(
    isNarrowed(filters)
      ? `SELECT toString(event_date) AS bucket, currency, sum(d.amount) AS amount, count() AS count
         FROM (${depositsOf(filters, OF_DAYS)}) AS d GROUP BY event_date, currency ORDER BY bucket, currency`
      : `SELECT toString(event_date) AS bucket, currency, sum(d.amount) AS amount, sum(d.count) AS count
         FROM daily_amounts AS d WHERE ${OF_DAYS} AND event_type = 'deposit' ${filterConditions(filters)}
         GROUP BY event_date, currency ORDER BY bucket, currency`,
    { ...days, ...filterParams(filters) },
  )

/** By hour of one day. */
export const amountsByHour = (clickhouse: ClickHouse, day: HoursOfDay, filters: EventFilters) =>
  clickhouse.rows<BucketAmount<number>>(
    `SELECT least({hours:UInt8} - 1, greatest(0, intDiv(toUnixTimestamp64Milli(occurred_at) - {starts_at:Int64}, 3600000))) AS bucket,
       currency, sum(d.amount) AS amount, count() AS count
     FROM (${depositsOf(filters, OF_DAY)}) AS d GROUP BY bucket, currency ORDER BY bucket, currency`,
    { ...day, ...filterParams(filters) },
  )

/** Of one day up to an instant (ms). */
export const amountsUntil = (clickhouse: ClickHouse, day: DayUntil, filters: EventFilters) =>
  clickhouse.rows<Omit<BucketAmount<never>, 'bucket'>>(
    `SELECT currency, sum(d.amount) AS amount, count() AS count
     FROM (${depositsOf(filters, OF_DAY)}) AS d
     WHERE toUnixTimestamp64Milli(occurred_at) < {until:Int64} GROUP BY currency ORDER BY currency`,
    { ...day, ...filterParams(filters) },
  )
