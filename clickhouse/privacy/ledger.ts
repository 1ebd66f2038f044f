/**
 * The ledger of erasures. An erasure is requested, then planned, then erased; each step is a newer version of its row, so that whoever
 * carries it out goes on where another was killed. Until it is done the row names the player; then only the receipt is left.
 */
import type { ClickHouse } from '../client.ts'
import type { PlayerKey } from './belongings.ts'
import { subjectHash } from './tombstones.ts'

export type ErasureState = 'requested' | 'planned' | 'erased'

/** A row of the ledger. Times are milliseconds since 1970. */
export interface ErasureRow {
  readonly erasure_id: string
  readonly site_id: string
  /** Hash of the player: tells whose receipt it is to whoever knows the id. */
  readonly subject_hash: string
  readonly state: ErasureState
  readonly player_id: string
  /** JSON; empty before it is planned and when it is done. */
  readonly plan: string
  readonly requested_by: string
  readonly requested_at: number
  readonly erased_at: number | null
  readonly finished_at: number | null
  readonly rows: Readonly<Record<string, number>>
}

/** What remains of an erasure for people: the receipt. */
export interface Receipt extends Omit<ErasureRow, 'player_id' | 'plan'> {
  /** What still holds the player elsewhere, and until when. */
  readonly remains: readonly string[]
}

/** How long Kafka keeps messages, as the topics are made. */
const KAFKA_DAYS = 7

const COLUMNS = `erasure_id, toString(site_id) AS site_id, subject_hash, toString(state) AS state, player_id, plan, requested_by,
  toUnixTimestamp64Milli(requested_at) AS requested_at, toUnixTimestamp64Milli(erased_at) AS erased_at,
  toUnixTimestamp64Milli(finished_at) AS finished_at, rows`
/** The newest version of each; a column's alias would shadow it under FINAL. */
const LEDGER = `(SELECT ${COLUMNS} FROM erasures_log AS log FINAL)`

/** The hash of a player, as marks and receipts have it. */
export async function hashOf(clickhouse: ClickHouse, { site_id, player_id }: PlayerKey): Promise<string> {
  const [row] = await clickhouse.rows<{ hash: string }>(
    `SELECT ${subjectHash('{site_id:String}', "'player'", '{player_id:String}')} AS hash`,
    { site_id, player_id },
  )
  if (!row) throw new Error('a SELECT of one row has none')
  return row.hash
}

/** Asks for an erasure, unless one of this player is under way: then it is that one. @param now ms */
export async function requestErasure(
  clickhouse: ClickHouse,
  key: PlayerKey,
  request: { readonly requested_by: string; readonly now: number; readonly erasure_id: string },
): Promise<ErasureRow> {
  const [open] = await clickhouse.rows<ErasureRow>(
    `SELECT * FROM ${LEDGER} WHERE state != 'erased' AND site_id = {site_id:String} AND player_id = {player_id:String} LIMIT 1`,
    { ...key },
  )
  if (open) return open
  const row: ErasureRow = {
    erasure_id: request.erasure_id,
    ...key,
    subject_hash: await hashOf(clickhouse, key),
    state: 'requested',
    plan: '',
    requested_by: request.requested_by,
    requested_at: request.now,
    erased_at: null,
    finished_at: null,
    rows: {},
  }
  await writeErasure(clickhouse, row)
  return row
}

/** Writes the row's next version. */
export async function writeErasure(clickhouse: ClickHouse, row: ErasureRow): Promise<void> {
  const [clock] = await clickhouse.rows<{ now: number }>(
    `SELECT greatest(toUnixTimestamp64Milli(now64(3)), toUnixTimestamp64Milli(max(updated_at)) + 1) AS now
     FROM erasures_log WHERE erasure_id = {erasure_id:UUID}`,
    { erasure_id: row.erasure_id },
  )
  await clickhouse.insertLines('erasures_log', [JSON.stringify({ ...row, updated_at: clock?.now ?? 0 })])
}

/** Erasures that are not done, oldest first. */
export const openErasures = (clickhouse: ClickHouse) =>
  clickhouse.rows<ErasureRow>(`SELECT * FROM ${LEDGER} WHERE state != 'erased' ORDER BY requested_at`)

/** The erasures of one player, newest first. */
export async function erasuresOf(clickhouse: ClickHouse, key: PlayerKey): Promise<Receipt[]> {
  const subject_hash = await hashOf(clickhouse, key)
  const rows = await clickhouse.rows<ErasureRow>(
    `SELECT * FROM ${LEDGER} WHERE site_id = {site_id:String} AND subject_hash = {subject_hash:UUID}
     ORDER BY requested_at DESC LIMIT 100`,
    { site_id: key.site_id, subject_hash },
  )
  return rows.map(receiptOf)
}

/** What people are told of an erasure. */
export function receiptOf({ player_id: _, plan: __, ...row }: ErasureRow): Receipt {
  const until = new Date((row.finished_at ?? row.requested_at) + KAFKA_DAYS * 86_400_000).toISOString()
  return {
    ...row,
    remains: [
      `Kafka (topics events_queue and events_rejected): messages that name the player, until the topics' retention drops them, by ${until.slice(0, 16)}Z where it is ${KAFKA_DAYS} days; delivered again, they are turned back`,
      'Counts without identity: days, banners, amounts and pages stay as they were; on days still open they stand behind a one-way hash until the day is closed',
      'Backups and exports made before',
    ],
  }
}
