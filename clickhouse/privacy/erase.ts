/**
 * The erasure of one player from every table (holdings.ts).
 *
 * - Killed anywhere, it is done again from where it was: what belongs to the player is written down before anything is deleted, and every
 *   step does nothing where it was done already.
 * - Counts stay: what the player counted for is noted first, without the player (`erased_counts`), and payments stay under ids that
 *   lead nowhere.
 * - Deleted rows leave the disk too: masks are applied before the receipt is written.
 */
import type { ClickHouse } from '../client.ts'
import { withLock } from '../lock.ts'
import { takeUpFacts } from '../queries/facts.ts'
import { clickhouseNow } from '../queries/players.ts'
import { type Belongings, countRows, findBelongings, statementsOf, THEIR_EVENTS } from './belongings.ts'
import { HOLDINGS, type Holding } from './holdings.ts'
import { type ErasureRow, type Receipt, receiptOf, writeErasure } from './ledger.ts'
import { keepPayments } from './payments.ts'
import { subjectHash } from './tombstones.ts'

const ERASURE_LOCK = 'erasure_lock'

interface Plan {
  readonly belongings: Belongings
  /** Drawn for this erasure and forgotten with the plan: what is hashed with it leads back to nobody. */
  readonly salt: string
}

/** Carries an erasure out, or on. @returns its receipt */
export function carryOutErasure(clickhouse: ClickHouse, erasure: ErasureRow): Promise<Receipt> {
  return withLock(clickhouse, ERASURE_LOCK, async () => {
    const planned = erasure.plan === '' ? await planErasure(clickhouse, erasure) : erasure
    const { belongings, salt } = JSON.parse(planned.plan) as Plan
    await noteCounts(clickhouse, belongings, salt)
    await keepPayments(clickhouse, belongings, salt)
    for (const holding of HOLDINGS) await erase(clickhouse, holding, belongings, salt)
    for (const { table, how } of HOLDINGS)
      if (planned.rows[table] && (how === 'deleted' || table.startsWith('payment_')))
        await clickhouse.command(`ALTER TABLE ${table} APPLY DELETED MASK SETTINGS mutations_sync = 2`)
    const done: ErasureRow = {
      ...planned,
      state: 'erased',
      player_id: '',
      plan: '',
      finished_at: await clickhouseNow(clickhouse),
    }
    await writeErasure(clickhouse, done)
    // The versions that name the player go now, not with some later merge.
    await clickhouse.command('OPTIMIZE TABLE erasures_log FINAL')
    return receiptOf(done)
  })
}

/** Writes down what belongs to the player, and the marks by which it is known when it comes again. */
async function planErasure(clickhouse: ClickHouse, erasure: ErasureRow): Promise<ErasureRow> {
  await takeUpFacts(clickhouse)
  const belongings = await findBelongings(clickhouse, erasure)
  const plan: Plan = { belongings, salt: crypto.randomUUID() }
  const planned: ErasureRow = {
    ...erasure,
    state: 'planned',
    plan: JSON.stringify(plan),
    erased_at: await clickhouseNow(clickhouse),
    rows: await countRows(clickhouse, belongings),
  }
  await mark(clickhouse, belongings, planned.erased_at ?? 0)
  await writeErasure(clickhouse, planned)
  return planned
}

async function mark(
  clickhouse: ClickHouse,
  { site_id, player_id, visitors }: Belongings,
  erasedAt: number,
): Promise<void> {
  for (const [kind, ids] of [
    ['player', [player_id]],
    ['visitor', visitors],
  ] as const)
    if (ids.length > 0)
      await clickhouse.command(
        `INSERT INTO erased_subjects (subject_hash, erased_at)
         SELECT ${subjectHash('{site_id:String}', '{kind:String}', 'id')}, fromUnixTimestamp64Milli({erased_at:Int64}, 'UTC')
         FROM (SELECT arrayJoin({ids:Array(String)}) AS id)`,
        { site_id, kind, ids, erased_at: erasedAt },
      )
}

/** Notes what the player, and the player's visitors, count for. Done again with fewer events left, the larger numbers stay. */
async function noteCounts(clickhouse: ClickHouse, belongings: Belongings, salt: string): Promise<void> {
  const { site_id, player_id, visitors } = belongings
  const slot = 'sipHash64({salt:String}, event_date, event_type, tag, quarter)'
  await clickhouse.command(
    `INSERT INTO erased_counts (site_id, event_date, event_type, banner_tag, quarter, slot, count, players, events)
     SELECT {site_id:String}, event_date, event_type, tag, quarter, ${slot}, credits, different_players, different_events
     FROM (
       SELECT event_date, event_type, tupleElement(first_event, 3) AS tag,
         toStartOfFifteenMinutes(toDateTime(tupleElement(first_event, 1), 'UTC')) AS quarter, count() AS credits,
         0 AS different_players, 0 AS different_events
       FROM (
         SELECT event_date, toString(event_type) AS event_type, min(tuple(occurred_at, event_id, toString(banner_tag))) AS first_event
         FROM events WHERE ${THEIR_EVENTS}
         GROUP BY event_date, event_type, player_id, if(player_id != '', '', visitor_id))
       GROUP BY event_date, event_type, tag, quarter
       UNION ALL
       SELECT event_date, toString(event_type) AS event_type, toString(banner_tag) AS tag, toDateTime(0, 'UTC') AS quarter,
         0 AS credits, uniqExact(player_id, if(player_id != '', '', visitor_id)) AS different_players, count() AS different_events
       FROM events WHERE ${THEIR_EVENTS}
       GROUP BY event_date, event_type, tag)`,
    { site_id, player_id, visitors, salt },
  )
}

/**
 * A job that had read a player's facts before they were erased may write the player's row after. Erases those again.
 * @param since ClickHouse's clock, ms: rows written from then on are looked at
 */
export function eraseStrays(clickhouse: ClickHouse, since: number): Promise<number> {
  return withLock(clickhouse, ERASURE_LOCK, async () => {
    const strays = await clickhouse.rows<{ site_id: string; player_id: string }>(
      `SELECT DISTINCT toString(site_id) AS site_id, player_id FROM players_log AS log
       INNER JOIN (SELECT subject_hash, max(erased_at) AS marked_at FROM erased_subjects GROUP BY subject_hash) AS marks
         ON ${subjectHash('log.site_id', "'player'", 'log.player_id')} = marks.subject_hash
       WHERE log.updated_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC') AND log.last_event_at <= marks.marked_at`,
      { since },
    )
    for (const key of strays) {
      const belongings = await findBelongings(clickhouse, key)
      for (const holding of HOLDINGS) await erase(clickhouse, holding, belongings, crypto.randomUUID())
    }
    return strays.length
  })
}

async function erase(
  clickhouse: ClickHouse,
  holding: Holding,
  belongings: Belongings,
  salt: string,
): Promise<void> {
  if (holding.how === 'kept') return
  const { table, parts } = holding
  for (const { where, params } of parts.flatMap((part) => statementsOf(part, belongings))) {
    if (!(await hasRows(clickhouse, table, where, params))) continue
    // What is left of payments does not count: it goes.
    if (holding.how === 'deleted' || holding.set === null)
      await clickhouse.command(`DELETE FROM ${table} WHERE ${where}`, params)
    else
      await clickhouse.command(
        `ALTER TABLE ${table} UPDATE ${holding.set} WHERE ${where} SETTINGS mutations_sync = 2`,
        { ...params, salt },
      )
  }
}

/** A statement that changes nothing still visits every part. */
async function hasRows(
  clickhouse: ClickHouse,
  table: string,
  where: string,
  params: Readonly<Record<string, unknown>>,
): Promise<boolean> {
  return (await clickhouse.rows(`SELECT 1 FROM ${table} WHERE ${where} LIMIT 1`, params)).length > 0
}
