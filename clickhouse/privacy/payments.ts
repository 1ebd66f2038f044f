/**
 * Payments of an erased player: those that count for the player count on, for nobody and under ids that lead nowhere, so that amounts stay.
 * Written before the old rows are deleted: killed in between, the same rows are written again under the same ids.
 */
import type { ClickHouse } from '../client.ts'
import { type Belongings, shares } from './belongings.ts'

const PER_STATEMENT = 1_000
const THEIRS =
  'site_id = {site_id:String} AND payment_id IN {some:Array(String)} AND player_id = {player_id:String}'

/** @param salt what the new ids are hashed with */
export async function keepPayments(
  clickhouse: ClickHouse,
  { site_id, player_id, payments }: Belongings,
  salt: string,
): Promise<void> {
  for (const some of shares(payments, PER_STATEMENT)) {
    const params = { site_id, player_id, some, salt }
    const counted = await clickhouse.rows<{ event_type: string; payment_id: string }>(
      `SELECT event_type, payment_id FROM payments WHERE ${THEIRS}`,
      params,
    )
    await clickhouse.command(KEEP, params)
    for (const [event_type, rows] of Map.groupBy(counted, (row) => row.event_type))
      await clickhouse.command(
        `DELETE FROM payment_days
         WHERE site_id = {site_id:String} AND event_type = {event_type:String} AND payment_id IN {ids:Array(String)}`,
        { ...params, event_type, ids: rows.map(({ payment_id }) => payment_id) },
      )
    await forgetPlaces(clickhouse, params)
  }
}

const KEEP = `
  INSERT INTO payment_days (site_id, event_date, event_type, payment_id, first)
  SELECT site_id, event_date, event_type, concat('erased-', lower(hex(sipHash128({salt:String}, event_type, payment_id)))),
    tuple(toDateTime64(toStartOfHour(created_at), 3, 'UTC'), reinterpretAsUUID(sipHash128({salt:String}, event_id)),
      toDateTime64(toStartOfHour(occurred_at), 3, 'UTC'), '', banner_tag, currency,
      ifNull(payments.amount, 0), payments.amount IS NOT NULL)
  FROM payments WHERE ${THEIRS}`

/** A transaction that somebody else was named with too keeps its place, or it would begin to count for them; others have none any more. */
async function forgetPlaces(
  clickhouse: ClickHouse,
  params: { readonly site_id: string; readonly player_id: string; readonly some: readonly string[] },
): Promise<void> {
  const shared = await clickhouse.rows<{ payment_id: string }>(
    `SELECT DISTINCT payment_id FROM payment_variants
     WHERE site_id = {site_id:String} AND payment_id IN {some:Array(String)} AND player_id != {player_id:String}`,
    params,
  )
  if (shared.length === 0) return
  await clickhouse.command(
    `ALTER TABLE payment_places UPDATE first = tuple(tupleElement(identity(first), 'created_at'),
       toUUID('00000000-0000-0000-0000-000000000000'), tupleElement(identity(first), 'event_date'), '')
     WHERE site_id = {site_id:String} AND payment_id IN {some:Array(String)}
       AND tupleElement(identity(first), 'player_id') = {player_id:String} SETTINGS mutations_sync = 2`,
    { ...params, some: shared.map(({ payment_id }) => payment_id) },
  )
}
