/** Who gets the weekly report, and when. Instants are ms since 1970; every change is a new row. */
import type { ClickHouse } from '../client.ts'

export interface Subscription {
  readonly subscription_id: string
  readonly site_id: string
  readonly channel_id: string
  /** 1 Monday … 7 Sunday. */
  readonly weekday: number
  /** In the time zone of the site. */
  readonly hour: number
  readonly created_at: number
  readonly updated_at: number
  readonly updated_by: string
}

/** @param site_id null for all sites */
export const reportSubscriptions = (clickhouse: ClickHouse, site_id: string | null) =>
  clickhouse.rows<Subscription>(
    `SELECT subscription_id, site_id, channel_id, weekday, hour, toUnixTimestamp64Milli(r.created_at) AS created_at,
       toUnixTimestamp64Milli(r.updated_at) AS updated_at, updated_by
     FROM report_subscriptions AS r ${site_id === null ? '' : 'WHERE site_id = {site_id:String}'}
     ORDER BY r.created_at, subscription_id`,
    { site_id: site_id ?? '' },
  )

/** Writes a version of a subscription. @param deleted the last one */
export async function writeSubscription(
  clickhouse: ClickHouse,
  subscription: Subscription,
  deleted = false,
): Promise<void> {
  await clickhouse.insertLines('report_subscriptions_log', [JSON.stringify({ ...subscription, deleted })])
}
