/**
 * Messages on their way: put here once by an identity that follows from what they tell and where, then sent with repetitions until they
 * are, or are given up. Instants are ms since 1970.
 */
import type { ClickHouse } from '../client.ts'

export type DeliveryKind = 'fired' | 'resolved' | 'test' | 'report'
export type DeliveryStatus = 'pending' | 'sending' | 'sent' | 'dead'

export interface Delivery {
  readonly delivery_id: string
  readonly channel_id: string
  readonly site_id: string
  readonly kind: DeliveryKind
  readonly alert_id: string
  /** What it tells, as JSON. */
  readonly payload: string
  readonly status: DeliveryStatus
  readonly attempts: number
  readonly next_at: number
  readonly error: string
  readonly created_at: number
  readonly updated_at: number
  readonly version: number
}

export const NO_ALERT = '00000000-0000-0000-0000-000000000000'

const ms = (column: string) => `toUnixTimestamp64Milli(r.${column}) AS ${column}`
const DELIVERY = `delivery_id, channel_id, site_id, kind, alert_id, payload, status, attempts, ${ms('next_at')}, error, ${ms('created_at')},
  ${ms('updated_at')}, version`

/** What a message is before its first attempt. */
export type Fresh = Pick<Delivery, 'delivery_id' | 'channel_id' | 'site_id' | 'kind' | 'alert_id' | 'payload'>

/** Puts messages here that are not here yet. @returns how many that were */
export async function enqueue(
  clickhouse: ClickHouse,
  messages: readonly Fresh[],
  now: number,
): Promise<number> {
  if (messages.length === 0) return 0
  const known = await clickhouse.rows<{ delivery_id: string }>(
    'SELECT DISTINCT delivery_id FROM alert_deliveries_log WHERE delivery_id IN {ids:Array(UUID)}',
    { ids: messages.map(({ delivery_id }) => delivery_id) },
  )
  const ids = new Set(known.map(({ delivery_id }) => delivery_id))
  const fresh = messages
    .filter(({ delivery_id }) => !ids.has(delivery_id))
    .map((message) => ({
      ...message,
      status: 'pending' as const,
      attempts: 0,
      next_at: now,
      error: '',
      created_at: now,
      updated_at: now,
      version: 1,
    }))
  await writeDeliveries(clickhouse, fresh)
  return fresh.length
}

/** Writes newer versions. */
export async function writeDeliveries(
  clickhouse: ClickHouse,
  deliveries: readonly Delivery[],
): Promise<void> {
  if (deliveries.length > 0)
    await clickhouse.insertLines(
      'alert_deliveries_log',
      deliveries.map((delivery) => JSON.stringify(delivery)),
    )
}

/** What is due, longest due first. */
export const dueDeliveries = (clickhouse: ClickHouse, now: number, limit: number) =>
  clickhouse.rows<Delivery>(
    `SELECT ${DELIVERY} FROM alert_deliveries AS r
     WHERE status IN ('pending', 'sending') AND r.next_at <= fromUnixTimestamp64Milli({now:Int64}, 'UTC')
     ORDER BY r.next_at, delivery_id LIMIT {limit:UInt32}`,
    { now, limit },
  )

export async function deliveryOf(clickhouse: ClickHouse, delivery_id: string): Promise<Delivery | undefined> {
  const [row] = await clickhouse.rows<Delivery>(
    `SELECT ${DELIVERY} FROM alert_deliveries AS r WHERE delivery_id = {delivery_id:UUID}`,
    { delivery_id },
  )
  return row
}

/** A message as the page shows it. */
export type ShownDelivery = Omit<Delivery, 'payload' | 'version'> & {
  readonly channel_name: string
  readonly channel_kind: string
  readonly rule_name: string
}

/** The newest messages of a site. */
export const deliveriesOf = (clickhouse: ClickHouse, site_id: string, limit: number) =>
  clickhouse.rows<ShownDelivery>(
    `SELECT delivery_id, channel_id, site_id, kind, alert_id, status, attempts, ${ms('next_at')}, error, ${ms('created_at')}, ${ms('updated_at')},
       c.name AS channel_name, c.kind AS channel_kind, JSONExtractString(payload, 'rule_name') AS rule_name
     FROM (SELECT * FROM alert_deliveries WHERE site_id = {site_id:String}) AS r
     LEFT JOIN (SELECT channel_id, name, kind FROM alert_channels_log FINAL) AS c USING (channel_id)
     ORDER BY r.created_at DESC, delivery_id LIMIT {limit:UInt32}`,
    { site_id, limit },
  )
