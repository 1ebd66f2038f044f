/** What the job recount asks and writes, besides the comparisons themselves (`clickhouse/recount/`). */
import type { ClickHouse } from '../client.ts'
import type { RecountDifference, SiteDay } from '../recount/check.ts'

/** Every site's days in a range, both ends included, that have events or counts. */
export const daysToRecount = (
  clickhouse: ClickHouse,
  range: { readonly from: string; readonly to: string },
) =>
  clickhouse.rows<SiteDay>(
    `SELECT DISTINCT site_id, event_date FROM (
       SELECT toString(site_id) AS site_id, event_date FROM events_log WHERE event_date BETWEEN {from:Date} AND {to:Date}
       GROUP BY site_id, event_date
       UNION ALL
       SELECT toString(site_id) AS site_id, event_date FROM player_days WHERE event_date BETWEEN {from:Date} AND {to:Date}
       GROUP BY site_id, event_date
       UNION ALL
       SELECT site_id, event_date FROM closed_days WHERE event_date BETWEEN {from:Date} AND {to:Date})
     ORDER BY event_date, site_id`,
    { ...range },
  )

/** Whether events of a day were erased with their player. */
export async function hasErasedEvents(clickhouse: ClickHouse, day: SiteDay): Promise<boolean> {
  const rows = await clickhouse.rows(
    'SELECT 1 FROM erased_counts WHERE site_id = {site_id:String} AND event_date = {event_date:Date} LIMIT 1',
    { ...day },
  )
  return rows.length > 0
}

/** Notes differences. @param recountedAt when the recount began; ms */
export const writeDifferences = (
  clickhouse: ClickHouse,
  differences: readonly RecountDifference[],
  { recountedAt, repaired }: { readonly recountedAt: number; readonly repaired: boolean },
) =>
  clickhouse.insertLines(
    'recount_differences',
    differences.map(({ table, site_id, event_date, key, expected, stored }) =>
      JSON.stringify({
        recounted_at: recountedAt,
        site_id,
        event_date,
        derived: table,
        key: JSON.stringify(key),
        expected: expected ? JSON.stringify(expected) : '',
        stored: stored ? JSON.stringify(stored) : '',
        repaired,
      }),
    ),
  )

/** Lets every event of a day arrive once more for counting: whoever is counted already changes nothing, whoever is missing is found. */
export const announceAgain = (clickhouse: ClickHouse, day: SiteDay) =>
  clickhouse.command(
    `INSERT INTO player_day_arrivals
       (arrived_at, site_id, event_date, event_type, banner_tag, player_key, pair_key, occurred_at, event_id)
     SELECT nowInBlock64(3, 'UTC'), site_id, event_date, event_type, banner_tag,
       bitOr(
         bitShiftLeft(toUInt64(toUInt16(event_date)), 58),
         bitShiftRight(sipHash64(toString(site_id), event_date, toString(event_type), player_id,
           multiIf(player_id != '', '', visitor_id != '', visitor_id, toString(event_id))), 6)) AS player_key,
       sipHash64(player_key, toString(banner_tag)) AS pair_key, occurred_at, event_id
     FROM events
     WHERE site_id = {site_id:String} AND event_date = {event_date:Date}`,
    { ...day },
  )
