/**
 * A player's events, newest first, a page at a time. The log is ordered by day, so only days the player was active on are asked for: a few of
 * them at first, more while the page is not full. A day names itself by the site's time zone and is next to the day (UTC) the facts know.
 */
import type { ClickHouse, Params } from '../client.ts'
import type { PlayerKey } from '../privacy/belongings.ts'

/** Times are milliseconds since 1970. */
export interface TimelineEvent {
  readonly event_id: string
  readonly event_type: string
  readonly occurred_at: number
  readonly created_at: number
  readonly event_date: string
  /** Empty: what the player's visitor did without a name. */
  readonly player_id: string
  readonly banner_tag: string
  readonly visitor_id: string
  readonly session_id: string
  readonly domain: string
  readonly path: string
  readonly referrer: string
  /** Exact decimal; null when none was sent. */
  readonly amount: string | null
  readonly currency: string
  readonly transaction_id: string
  /** A JSON object as text. */
  readonly metadata: string
  readonly source_ip: string
  readonly user_agent: string
  readonly country: string
  readonly device: string
  readonly browser: string
  readonly os: string
  readonly is_bot: boolean
}

/** Where a page begins: after this event. */
export interface TimelineCursor {
  readonly occurred_at: number
  readonly event_id: string
}

export interface TimelineAsked extends PlayerKey {
  /** The visitors the player owns. */
  readonly visitors: readonly string[]
  readonly limit: number
  readonly before?: TimelineCursor | undefined
}

/** Active days asked for at first; each further question takes four times as many. */
const FIRST_DAYS = 8
const DAY_MS = 86_400_000

/** Days, newest first, on which the player's events may lie. */
async function activeDays(clickhouse: ClickHouse, { site_id, player_id, visitors }: TimelineAsked) {
  const rows = await clickhouse.rows<{ day: string }>(
    `SELECT DISTINCT arrayJoin([toString(day - 1), toString(day), toString(day + 1)]) AS day FROM (
       SELECT arrayJoin(active_days) AS day FROM player_facts
       WHERE site_id = {site_id:String} AND player_id = {player_id:String}
       UNION ALL
       SELECT arrayJoin(active_days) AS day FROM visitor_facts
       WHERE site_id = {site_id:String} AND visitor_id IN {visitors:Array(String)}
       -- What came a moment ago is not in the facts yet.
       UNION ALL SELECT today())
     ORDER BY day DESC`,
    { site_id, player_id, visitors },
  )
  return rows.map(({ day }) => day)
}

/** The query of some days: exported so that a test can have its plan explained. */
export const TIMELINE = `
  SELECT event_id, event_type, toUnixTimestamp64Milli(e.occurred_at) AS occurred_at, toUnixTimestamp64Milli(e.created_at) AS created_at,
    event_date, player_id, banner_tag, visitor_id, session_id, domain, path, referrer, amount, currency, transaction_id, metadata,
    source_ip, user_agent, country, device, browser, os, is_bot
  FROM events AS e
  WHERE site_id = {site_id:String} AND event_date IN {days:Array(Date)}
    AND (player_id = {player_id:String} OR (player_id = '' AND visitor_id IN {visitors:Array(String)}))
    AND (e.occurred_at, event_id) < (fromUnixTimestamp64Milli({before_at:Int64}, 'UTC'), {before_id:UUID})
  ORDER BY e.occurred_at DESC, event_id DESC
  LIMIT {limit:UInt32}
  SETTINGS max_execution_time = 8, max_memory_usage = 2000000000`

const LATEST: TimelineCursor = {
  occurred_at: Date.UTC(2200, 0, 1),
  event_id: 'ffffffff-ffff-ffff-ffff-ffffffffffff',
}

/** A page of the timeline; fewer than `limit` events: there are no older ones. */
export async function playerTimeline(clickhouse: ClickHouse, asked: TimelineAsked): Promise<TimelineEvent[]> {
  const { before = LATEST, limit, ...key } = asked
  const last = new Date(Math.min(before.occurred_at + DAY_MS, LATEST.occurred_at)).toISOString().slice(0, 10)
  const days = (await activeDays(clickhouse, asked)).filter((day) => day <= last)
  const events: TimelineEvent[] = []
  for (let from = 0, count = FIRST_DAYS; from < days.length && events.length < limit; count *= 4) {
    const params: Params = {
      ...key,
      days: days.slice(from, from + count),
      before_at: before.occurred_at,
      before_id: before.event_id,
      limit: limit - events.length,
    }
    events.push(...(await clickhouse.rows<TimelineEvent>(TIMELINE, params)))
    from += count
  }
  return events
}
