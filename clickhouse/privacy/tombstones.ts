/**
 * The marks of the erased: by a salted hash of site and player (or visitor), with the instant up to which events are theirs. What is
 * delivered again from before it is known here and taken nowhere; what the same person does later is new.
 *
 * Cost: nothing at the door. The job `facts`, which hands on every event in large blocks, compares one hash an event, and only on an
 * install where somebody was erased.
 */
import type { ClickHouse } from '../client.ts'
import { shares } from './belongings.ts'

/** Events deleted by one statement. */
const PER_STATEMENT = 500

/** The salt, as SQL. */
const SALT = "(SELECT argMin(salt, (made_at, salt)) FROM erasure_salts WHERE name = 'install')"
/** The hash of a player or a visitor. @param kind, id SQL */
export const subjectHash = (site: string, kind: string, id: string) =>
  `reinterpretAsUUID(sipHash128(${SALT}, toString(${site}), ${kind}, ${id}))`

const HASH_OF_EVENT = subjectHash(
  'site_id',
  "if(player_id != '', 'player', 'visitor')",
  "if(player_id != '', player_id, visitor_id)",
)

/** Rows of a table of events, each with `kept_out`: an event of somebody erased, from before. */
const judged = (table: string) => `
  SELECT events.*, least(events.occurred_at, events.created_at) <= marks.erased_at AS kept_out
  FROM (SELECT *, ${HASH_OF_EVENT} AS subject_hash FROM ${table}) AS events
  LEFT JOIN (SELECT subject_hash, max(erased_at) AS erased_at FROM erased_subjects GROUP BY subject_hash) AS marks
    ON marks.subject_hash = events.subject_hash`

/** Whether anybody was ever erased here. */
export async function hasErased(clickhouse: ClickHouse): Promise<boolean> {
  return (await clickhouse.rows('SELECT 1 FROM erased_subjects LIMIT 1')).length > 0
}

/** The events of a table without those of the erased, as a SELECT of its columns. */
export const withoutErased = (table: string) =>
  `SELECT * EXCEPT (subject_hash, kept_out) FROM (${judged(table)}) WHERE NOT kept_out`

interface Returned {
  readonly site_id: string
  readonly event_date: string
  readonly event_type: string
  readonly event_id: string
}

/**
 * Deletes what of the erased was delivered again and stands in `table` on its way to the facts: from the log of events and of pages,
 * by key. Noted first, so that `deleteReturned` finds what was not visible yet.
 */
export async function turnBack(clickhouse: ClickHouse, table: string): Promise<number> {
  const returned = await clickhouse.rows<Returned>(
    `SELECT DISTINCT toString(site_id) AS site_id, event_date, toString(event_type) AS event_type, event_id
     FROM (${judged(table)}) WHERE kept_out`,
  )
  if (returned.length === 0) return 0
  const returned_at = Date.now()
  await clickhouse.insertLines(
    'erased_returns',
    returned.map((event) => JSON.stringify({ returned_at, ...event })),
  )
  await deleteEvents(clickhouse, returned)
  return returned.length
}

/** Deletes once more what was turned back since an instant (ms): a block may have become visible after it was looked for. */
export async function deleteReturned(clickhouse: ClickHouse, since: number): Promise<number> {
  const returned = await clickhouse.rows<Returned>(
    `SELECT DISTINCT toString(site_id) AS site_id, event_date, toString(event_type) AS event_type, event_id FROM erased_returns
     WHERE returned_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
       AND event_id IN (SELECT event_id FROM events_log WHERE event_date IN (
         SELECT event_date FROM erased_returns WHERE returned_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')))`,
    { since },
  )
  await deleteEvents(clickhouse, returned)
  return returned.length
}

async function deleteEvents(clickhouse: ClickHouse, returned: readonly Returned[]): Promise<void> {
  for (const some of shares(returned, PER_STATEMENT)) {
    const params = {
      sites: [...new Set(some.map(({ site_id }) => site_id))],
      dates: [...new Set(some.map(({ event_date }) => event_date))],
      types: [...new Set(some.map(({ event_type }) => event_type))],
      ids: some.map(({ event_id }) => event_id),
    }
    const where = `site_id IN {sites:Array(String)} AND event_date IN {dates:Array(Date)} AND event_type IN {types:Array(String)}
      AND event_id IN {ids:Array(UUID)}`
    for (const table of ['events_log', 'page_events'])
      await clickhouse.command(`DELETE FROM ${table} WHERE ${where}`, params)
  }
}
