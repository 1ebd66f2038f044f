/**
 * The oracle: compares the ids that were acknowledged with what the topic and ClickHouse hold.
 *
 * - `lost` must be 0: an acknowledged event is in both. An event that is there without an acknowledgement is allowed: its
 *   answer was lost on the way, not the event.
 * - `countedTwice` must be 0: `events` shows each id once, and `daily_metrics` counts each player once.
 */
import type { ClickHouse } from '@rtpx/clickhouse/client'
import type { kafkaClient } from '@rtpx/kafka/client'
import { EVENTS_QUEUE } from '@rtpx/kafka/topics'
import { readTopic } from './topic.ts'

export interface Verdict {
  readonly acknowledged: number
  /** Acknowledged ids that are not in the topic; 0 in direct mode, which has none. */
  readonly lostInTopic: number
  /** Acknowledged ids that are not in ClickHouse, and ids of the topic that are not. */
  readonly lostInClickHouse: number
  /** Ids that `events` shows more than once, and players that `daily_metrics` counts too often or not at all. */
  readonly countedTwice: number
  /** Deliveries of an id beyond its first: allowed, absorbed by the tables. */
  readonly duplicatesInTopic: number
  /** Ids that are there without having been acknowledged. */
  readonly unacknowledged: number
}

export interface OracleOptions {
  readonly kafka: ReturnType<typeof kafkaClient> | undefined
  readonly clickhouse: ClickHouse
  /** Only events of this type are looked at. */
  readonly eventType: string
  readonly acknowledged: ReadonlySet<string>
  /** How long ClickHouse may take to catch up; ms. */
  readonly catchUpMs?: number
}

interface Row {
  readonly event_id: string
  readonly event_date: string
  readonly player_id: string
}

/** Judges a load that has ended and whose spool is empty. */
export async function judgeLoad(options: OracleOptions): Promise<Verdict> {
  const { kafka, clickhouse, eventType, acknowledged, catchUpMs = 60_000 } = options
  const delivered = new Map<string, number>()
  if (kafka) {
    const mark = `"event_type":"${eventType}"`
    await readTopic(kafka, EVENTS_QUEUE, (line) => {
      if (!line.includes(mark)) return
      const { event_id } = JSON.parse(line) as { event_id: string }
      delivered.set(event_id, (delivered.get(event_id) ?? 0) + 1)
    })
  }
  const expected = new Set([...acknowledged, ...delivered.keys()])
  await untilCaughtUp(clickhouse, eventType, expected.size, catchUpMs)
  const rows = await clickhouse.rows<Row>(
    'SELECT toString(event_id) AS event_id, event_date, player_id FROM events WHERE event_type = {eventType:String}',
    { eventType },
  )
  const shown = new Set(rows.map(({ event_id }) => event_id))
  return {
    acknowledged: acknowledged.size,
    lostInTopic: kafka ? acknowledged.difference(new Set(delivered.keys())).size : 0,
    lostInClickHouse: expected.difference(shown).size,
    countedTwice: rows.length - shown.size + (await miscounted(clickhouse, eventType, rows)),
    duplicatesInTopic: [...delivered.values()].reduce((sum, times) => sum + times - 1, 0),
    unacknowledged: shown.difference(acknowledged).size,
  }
}

async function untilCaughtUp(
  clickhouse: ClickHouse,
  eventType: string,
  ids: number,
  ms: number,
): Promise<void> {
  const deadline = performance.now() + ms
  while (performance.now() < deadline) {
    const [row] = await clickhouse.rows<{ ids: number }>(
      'SELECT uniqExact(event_id) AS ids FROM events WHERE event_type = {eventType:String}',
      { eventType },
    )
    if ((row?.ids ?? 0) >= ids) return
    await Bun.sleep(100)
  }
}

/** By how much `daily_metrics` and `event_summary` differ from a recount of the events: players a day, each once. */
async function miscounted(clickhouse: ClickHouse, eventType: string, rows: readonly Row[]): Promise<number> {
  const players = new Map<string, Set<string>>()
  for (const { event_date, player_id } of rows)
    players.set(event_date, (players.get(event_date) ?? new Set()).add(player_id))
  let wrong = 0
  for (const view of ['daily_metrics', 'event_summary']) {
    const counts = await clickhouse.rows<{ event_date: string; count: number }>(
      `SELECT event_date, sum(count) AS count FROM ${view} WHERE event_type = {eventType:String} GROUP BY event_date`,
      { eventType },
    )
    const found = new Map(counts.map(({ event_date, count }) => [event_date, count]))
    for (const day of new Set([...players.keys(), ...found.keys()]))
      wrong += Math.abs((found.get(day) ?? 0) - (players.get(day)?.size ?? 0))
  }
  return wrong
}
